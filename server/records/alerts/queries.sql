-- name: list
SELECT a.id, a.rule, a.severity, a.state, a.station, a.device, a.item, a.sample, a.commodity, a.stall,
       a.vendor, a.supplier, a.event, a.facts, a.caused_at,
       CASE WHEN a.opened_at > a.caused_at + make_interval(secs => %(late_s)s)
            THEN extract(epoch FROM a.opened_at - a.caused_at)::float8 END AS late_s,
       a.opened_at, a.updated_at, a.acknowledged_at, a.acknowledged_until, a.assignee, a.assignee_name, a.resolved_at,
       a.resolved_by,
       -- Three looks at an index for each row that is shown, and none for those that are not.
       (SELECT count(*) FROM delivery WHERE alert = a.id AND state = 'waiting') AS waiting,
       (SELECT count(*) FROM delivery WHERE alert = a.id AND state = 'failed') AS failed,
       (SELECT count(*) FROM delivery WHERE alert = a.id AND state = 'delivered') AS delivered,
       (SELECT count(*) FROM alert_step WHERE alert = a.id AND action = 'result_voided') AS voided
FROM alert a
WHERE {where}

-- name: tests
SELECT r.event, r.recorded_at, r.received_at, r.measured_at,
       CASE WHEN r.received_at > r.recorded_at + make_interval(secs => %(late_s)s)
            THEN extract(epoch FROM r.received_at - r.recorded_at)::float8 END AS late_s,
       r.value, r.value_text, r.unit, r.verdict, r.decided_verdict, r.device_verdict, r.decided_by, r.operator, r.is_retest
FROM (SELECT event, min(position) AS position FROM alert_step
      WHERE alert = %(id)s AND action IN ('opened', 'joined') AND event IS NOT NULL
      GROUP BY event ORDER BY 2 LIMIT 50) AS step
JOIN result r ON r.event = step.event
ORDER BY step.position

-- name: limit
SELECT code, comparison, value, unit, standard, source FROM analyte_limit_history
WHERE code = %(code)s AND action <> 'delete' AND at <= %(at)s ORDER BY id DESC LIMIT 1

-- name: earlier
SELECT '{way}' AS like, count(*) AS count, coalesce(jsonb_agg(jsonb_build_object(
           'id', id, 'opened_at', opened_at, 'state', state, 'station', station, 'item', item, 'commodity', commodity,
           'sample', sample) ORDER BY opened_at DESC, id DESC) FILTER (WHERE place <= %(named)s), '[]') AS items
FROM (SELECT b.*, row_number() OVER (ORDER BY b.opened_at DESC, b.id DESC) AS place FROM alert b
      WHERE b.rule = %(rule)s AND {like} AND b.id <> %(id)s AND b.opened_at <= %(opened_at)s
        AND b.opened_at >= %(opened_at)s::timestamptz - make_interval(days => %(days)s)
        AND (%(reach)s::text[] IS NULL OR b.station = ANY(%(reach)s::text[]))) AS before

-- name: steps
-- Of an alert that tells of very many, what joined it last.
SELECT id, at, action, actor, note, code, facts, event FROM (
    (SELECT * FROM alert_step WHERE alert = %(id)s AND action <> 'joined' ORDER BY position DESC LIMIT 500)
    UNION ALL
    (SELECT * FROM alert_step WHERE alert = %(id)s AND action = 'joined' ORDER BY position DESC LIMIT 500)
) AS step ORDER BY position

-- name: attachments
SELECT encode(hash, 'hex') AS hash, name, type, size, at, actor FROM alert_attachment WHERE alert = %(id)s ORDER BY at

-- name: deliveries
SELECT d.id, d.subscription, s.name, s.channel, d.state, d.attempts,
       CASE WHEN d.state = 'waiting' THEN d.next_attempt_at END AS next_attempt_at, d.created_at, d.finished_at,
       coalesce((SELECT jsonb_agg(to_jsonb(a) - 'delivery' ORDER BY a.attempt) FROM delivery_attempt a
                 WHERE a.delivery = d.id), '[]') AS receipts
FROM delivery d JOIN subscription s ON s.id = d.subscription
WHERE d.alert = %(id)s
ORDER BY d.created_at, d.id

-- name: lock
-- Before anything that names the alert is written. Its key never changes, so rows that name it (a delivery, a step) wait
-- for nobody: FOR UPDATE would wait for them, and they for it.
SELECT id, rule, severity, state, station, device, item, sample, commodity, facts, opened_at, acknowledged_until,
       assignee, assignee_name, acknowledged_at, resolved_at, resolved_by
FROM alert WHERE id = %(id)s FOR NO KEY UPDATE

-- name: clock
-- After the lock: what is written is never earlier than what was there before.
SELECT clock_timestamp() AS at

-- name: last_change
SELECT id, at, action, actor, account, note, facts, before FROM alert_step
WHERE alert = %(id)s AND action = ANY(%(changes)s::text[])
ORDER BY position DESC LIMIT 1

-- name: move
UPDATE alert SET state = %(state)s, updated_at = clock_timestamp(), acknowledged_until = %(acknowledged_until)s,
    assignee = %(assignee)s, assignee_name = %(assignee_name)s, acknowledged_at = %(acknowledged_at)s,
    resolved_at = %(resolved_at)s, resolved_by = %(resolved_by)s
WHERE id = %(id)s

-- name: add_step
INSERT INTO alert_step (id, alert, at, action, actor, account, note, code, facts, before)
VALUES (%(step)s, %(id)s, clock_timestamp(), %(action)s, %(actor)s, %(account)s, %(note)s, %(code)s, %(facts)s, %(before)s)

-- name: counts
SELECT {groups}, count(*) AS count
FROM alert a LEFT JOIN (SELECT name AS named, area AS area_of_station FROM station) s ON s.named = a.station
WHERE {where}
GROUP BY {numbers} ORDER BY {numbers} LIMIT %(most)s

-- name: response_times
WITH answered AS (
    SELECT a.*, extract(epoch FROM acknowledged_at - opened_at)::float8 AS acknowledged_s,
        CASE WHEN resolved_by <> '' THEN extract(epoch FROM resolved_at - opened_at)::float8 END AS resolved_s,
        CASE WHEN resolved_by <> '' THEN extract(epoch FROM resolved_at - acknowledged_at)::float8 END AS between_s
    FROM alert a WHERE {where}
)
SELECT {groups}, count(*) AS opened, count(acknowledged_s) AS acknowledged,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY acknowledged_s) AS acknowledged_p50_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY acknowledged_s) AS acknowledged_p95_s,
    count(resolved_s) AS resolved,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved_s) AS resolved_p50_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY resolved_s) AS resolved_p95_s,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY between_s) AS from_acknowledged_p50_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY between_s) AS from_acknowledged_p95_s,
    count(*) FILTER (WHERE resolved_by = '') AS ended
FROM answered a LEFT JOIN (SELECT name AS named, area AS area_of_station FROM station) s ON s.named = a.station
GROUP BY {numbers} ORDER BY {numbers} LIMIT %(most)s

-- name: add_void
INSERT INTO alert_step (id, alert, at, action, actor, account, note, event)
VALUES (%(step)s, %(id)s, clock_timestamp(), 'result_voided', %(actor)s, NULL, %(note)s, %(event)s)

-- name: facts
-- An alert as its messages have it.
SELECT jsonb_build_object(
           'id', a.id, 'rule', a.rule, 'severity', a.severity, 'state', a.state, 'station', a.station,
           'station_title', coalesce(t.title, ''), 'station_title_en', coalesce(t.title_en, ''),
           'device', a.device, 'item', a.item, 'sample', a.sample, 'commodity', a.commodity, 'event', a.event,
           'facts', a.facts, 'opened_at', a.opened_at, 'updated_at', a.updated_at) AS alert
FROM alert a LEFT JOIN station t ON t.name = a.station
WHERE a.id = %(id)s
