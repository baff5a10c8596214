-- Alert -> one delivery row for every subscription that wants it, in the transaction that makes the alert.

-- name: route_alerts
-- `late_s`, one an alert: how long after it happened the news came. `editions`: 0, or the number of a telling again,
-- which is not due where one is on its way: a delivery says how the alert stands when it is sent.
-- Empty filters mean all; an area stands for everything below it. The key is random, not UUIDv7: few rows, one statement.
WITH RECURSIVE place (alert, area) AS (
    SELECT alert.id, station.area FROM alert JOIN station ON station.name = alert.station
    WHERE alert.id = ANY (%(alerts)b::uuid[])
    UNION
    SELECT place.alert, area.parent FROM place JOIN area ON area.code = place.area
)
INSERT INTO delivery (id, alert, subscription, next_attempt_at, created_at, late_s, edition)
SELECT gen_random_uuid(), alert.id, subscription.id, %(now)b, %(now)b, new.late_s, new.edition
FROM unnest(%(alerts)b::uuid[], %(late_s)b::float8[], %(editions)b::int[]) AS new (id, late_s, edition)
JOIN alert ON alert.id = new.id
JOIN subscription ON subscription.is_enabled
    AND (subscription.stations = '{}' OR alert.station = ANY (subscription.stations))
    AND (subscription.rules = '{}' OR alert.rule = ANY (subscription.rules))
    AND (subscription.severities = '{}' OR alert.severity = ANY (subscription.severities))
    AND (subscription.areas = '{}' OR EXISTS (
        SELECT FROM place WHERE place.alert = alert.id AND place.area = ANY (subscription.areas)))
WHERE new.edition = 0 OR NOT EXISTS (
    SELECT FROM delivery WHERE delivery.alert = alert.id AND delivery.subscription = subscription.id
        AND delivery.state = 'waiting')
ON CONFLICT (alert, subscription, edition) DO NOTHING
RETURNING id
