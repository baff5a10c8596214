-- Alert -> one delivery row for every subscription that wants it, in the transaction that makes the alert.
--
-- Empty filters mean all; an area stands for everything below it. `{above}` and `{wants}` are put into the other
-- statements (storage/routing.py). The key of a delivery is random, not UUIDv7: few rows, one statement.

-- name: above
-- Each alert with its area and all areas above that.
place (alert, area) AS (
    SELECT alert.id, station.area FROM alert JOIN station ON station.name = alert.station
    WHERE alert.id = ANY (%(alerts)b::uuid[]) AND station.area IS NOT NULL
    UNION
    SELECT place.alert, area.parent FROM place JOIN area ON area.code = place.area WHERE area.parent IS NOT NULL
), above (alert, areas) AS (SELECT alert, array_agg(area) FROM place GROUP BY alert)

-- name: wants
-- A drill goes to those who would be told of what it plays.
(subscription.stations = '{}' OR subscription.stations @> ARRAY[alert.station])
    AND (subscription.rules = '{}' OR coalesce(alert.facts ->> 'drill_of', alert.rule) = ANY (subscription.rules))
    AND (subscription.severities = '{}' OR alert.severity = ANY (subscription.severities))
    AND (subscription.items = '{}' OR alert.item = ANY (subscription.items))
    AND (subscription.commodities = '{}' OR alert.commodity = ANY (subscription.commodities))
    AND (subscription.areas = '{}' OR subscription.areas && above.areas)

-- name: met
-- An alert that a subscription's condition was asked about before, and that meets it.
(subscription.condition = '' OR (alert.id, subscription.id) IN (
    SELECT * FROM unnest(%(met_alerts)b::uuid[], %(met)b::uuid[])))

-- name: conditional
-- The subscriptions with a condition whose other filters let an alert through.
WITH RECURSIVE {above}
SELECT alert.id, subscription.id, subscription.condition
FROM alert
LEFT JOIN above ON above.alert = alert.id
JOIN subscription ON subscription.is_enabled AND subscription.condition <> '' AND %(occasion)b = ANY (subscription.tells)
    AND {wants}
WHERE alert.id = ANY (%(alerts)b::uuid[])

-- name: known
-- Alerts as conditions see them.
WITH RECURSIVE {above}
SELECT alert.id, alert.rule, alert.severity, alert.station, alert.device, alert.item, alert.commodity, alert.sample,
    alert.stall, alert.vendor, alert.supplier, coalesce(above.areas, '{}'),
    coalesce(extract(epoch FROM alert.opened_at - alert.caused_at), 0)::float8, alert.facts::text
FROM alert
LEFT JOIN above ON above.alert = alert.id
WHERE alert.id = ANY (%(alerts)b::uuid[])

-- name: digested
-- What a digest of a subscription with a condition may tell of.
SELECT alert.id, subscription.id, subscription.condition
FROM subscription JOIN alert ON alert.opened_at >= %(since)b AND alert.opened_at < %(until)b
WHERE subscription.id = %(subscription)b AND subscription.condition <> ''

-- name: route_alerts
-- `late_s`, one an alert: how long after it happened the news came. `editions`: 0, or the number of a telling again,
-- which is not due where one is on its way: a delivery says how the alert stands when it is sent.
WITH RECURSIVE {above}
INSERT INTO delivery (id, alert, subscription, next_attempt_at, created_at, touched_at, late_s, edition)
SELECT gen_random_uuid(), alert.id, subscription.id,
    -- An alert within the quiet hours of its rule is told at their end.
    greatest(%(now)b, (alert.facts ->> 'quiet_until')::timestamptz), %(now)b, %(now)b, new.late_s, new.edition
FROM unnest(%(alerts)b::uuid[], %(late_s)b::float8[], %(editions)b::int[]) AS new (id, late_s, edition)
JOIN alert ON alert.id = new.id
LEFT JOIN above ON above.alert = alert.id
JOIN subscription ON subscription.is_enabled AND 'new' = ANY (subscription.tells) AND {wants} AND {met}
WHERE new.edition = 0 OR NOT EXISTS (
    SELECT FROM delivery WHERE delivery.alert = alert.id AND delivery.subscription = subscription.id
        AND delivery.occasion = 'new' AND delivery.state = 'waiting')
ON CONFLICT (alert, subscription, occasion, edition) DO NOTHING
RETURNING id

-- name: route_step
-- What people did with an alert: each such step of it is told once.
WITH RECURSIVE {above}
INSERT INTO delivery (id, alert, subscription, occasion, next_attempt_at, created_at, touched_at, late_s, edition)
SELECT gen_random_uuid(), alert.id, subscription.id, %(occasion)b, %(now)b, %(now)b, %(now)b, 0,
    (SELECT count(*) FROM alert_step WHERE alert_step.alert = alert.id AND alert_step.action = %(occasion)b)
FROM alert
LEFT JOIN above ON above.alert = alert.id
JOIN subscription ON subscription.is_enabled AND %(occasion)b = ANY (subscription.tells) AND {wants} AND {met}
WHERE alert.id = ANY (%(alerts)b::uuid[])
ON CONFLICT (alert, subscription, occasion, edition) DO NOTHING
RETURNING id

-- name: route_void
-- A result behind these alerts was declared void: whoever was told of one of them, or is about to be, is told that,
-- once for all of them, and whatever he wishes to be told of.
WITH told AS (
    SELECT DISTINCT ON (delivery.subscription) delivery.subscription, delivery.alert
    FROM delivery JOIN alert ON alert.id = delivery.alert
    WHERE delivery.alert = ANY (%(alerts)b::uuid[]) AND delivery.state <> 'not_sent'
    ORDER BY delivery.subscription, alert.opened_at, alert.id
)
INSERT INTO delivery (id, alert, subscription, occasion, next_attempt_at, created_at, touched_at, late_s, edition)
SELECT gen_random_uuid(), told.alert, subscription.id, %(occasion)b, %(now)b, %(now)b, %(now)b, 0,
    (SELECT count(*) FROM alert_step WHERE alert_step.alert = told.alert AND alert_step.action = %(occasion)b)
FROM told JOIN subscription ON subscription.id = told.subscription AND subscription.is_enabled
ON CONFLICT (alert, subscription, occasion, edition) DO NOTHING
RETURNING id

-- name: why_not
-- The subscriptions that did not want the alert, each with the filters that left it out.
WITH RECURSIVE {above}
SELECT subscription.id, subscription.name, subscription.channel, subscription.account, subscription.areas,
    subscription.stations, array_remove(ARRAY[
        CASE WHEN NOT subscription.is_enabled THEN 'disabled' END,
        CASE WHEN NOT 'new' = ANY (subscription.tells) THEN 'tells' END,
        CASE WHEN subscription.stations <> '{}' AND alert.station <> ALL (subscription.stations) THEN 'station' END,
        CASE WHEN subscription.rules <> '{}'
            AND coalesce(alert.facts ->> 'drill_of', alert.rule) <> ALL (subscription.rules) THEN 'rule' END,
        CASE WHEN subscription.severities <> '{}' AND alert.severity <> ALL (subscription.severities) THEN 'severity' END,
        CASE WHEN subscription.items <> '{}' AND alert.item <> ALL (subscription.items) THEN 'item' END,
        CASE WHEN subscription.commodities <> '{}' AND alert.commodity <> ALL (subscription.commodities)
            THEN 'commodity' END,
        CASE WHEN subscription.areas <> '{}' AND NOT subscription.areas && coalesce(above.areas, '{}') THEN 'area' END,
        CASE WHEN subscription.created_at > alert.opened_at THEN 'later' END
    ], NULL) AS filters, subscription.condition
FROM alert
LEFT JOIN above ON above.alert = alert.id
CROSS JOIN subscription
WHERE alert.id = ANY (%(alerts)b::uuid[])
    AND NOT EXISTS (SELECT FROM delivery WHERE delivery.alert = alert.id AND delivery.subscription = subscription.id)
ORDER BY subscription.created_at, subscription.id
LIMIT %(most)b

-- name: decisions
-- Why deliveries of the alert were not sent, or not yet.
SELECT d.subscription, d.id AS delivery, d.occasion, r.reason, r.at, r.last_at, r.until, r.facts
FROM delivery d JOIN routing_decision r ON r.delivery = d.id
WHERE d.alert = ANY (%(alerts)b::uuid[])
ORDER BY r.at, d.id, r.reason

-- name: around
-- Each station with its area and all areas above that.
place (station, area) AS (
    SELECT station.name, station.area FROM station WHERE station.area IS NOT NULL
    UNION
    SELECT place.station, area.parent FROM place JOIN area ON area.code = place.area WHERE area.parent IS NOT NULL
), above (station, areas) AS (SELECT station, array_agg(area) FROM place GROUP BY station)

-- name: preview
-- The alerts that the filters of a subscription would have let through, the last opened first.
WITH RECURSIVE recent AS (
    SELECT * FROM alert WHERE alert.opened_at >= now() - make_interval(days => %(days)b)
), {around}
SELECT alert.id, alert.rule, alert.severity, alert.state, alert.station, alert.item, alert.sample, alert.commodity,
    alert.opened_at
FROM recent AS alert
LEFT JOIN above ON above.station = alert.station
JOIN (SELECT %(stations)b::text[] AS stations, %(rules)b::text[] AS rules, %(severities)b::text[] AS severities,
    %(items)b::text[] AS items, %(commodities)b::text[] AS commodities, %(areas)b::text[] AS areas) AS subscription
    ON {wants}
WHERE %(reach)b::text[] IS NULL OR alert.station = ANY (%(reach)b::text[])
ORDER BY alert.opened_at DESC, alert.id DESC

-- name: route_digest
-- The alerts of a period that a subscription wants, for one message: the first is due, and takes all others along.
WITH RECURSIVE recent AS (
    SELECT * FROM alert WHERE alert.opened_at >= %(since)b AND alert.opened_at < %(until)b
), {around}, chosen AS (
    SELECT alert.id, row_number() OVER (ORDER BY alert.severity_rank, alert.opened_at, alert.id) = 1 AS is_first
    FROM recent AS alert
    LEFT JOIN above ON above.station = alert.station
    JOIN subscription ON subscription.id = %(subscription)b AND {wants} AND {met}
    WHERE %(reach)b::text[] IS NULL OR alert.station = ANY (%(reach)b::text[])
)
INSERT INTO delivery (id, alert, subscription, occasion, next_attempt_at, created_at, touched_at, edition, is_held)
SELECT gen_random_uuid(), id, %(subscription)b, %(occasion)b,
    now() + CASE WHEN is_first THEN interval '0' ELSE interval '30 minutes' END, now(), now(), %(edition)b, NOT is_first
FROM chosen
ON CONFLICT (alert, subscription, occasion, edition) DO NOTHING
RETURNING id
