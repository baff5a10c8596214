-- The one way to open, join and end an alert and to tell of it, for ingest and for the server (storage/alerts.py).

-- name: add_alerts
INSERT INTO alert (id, rule, key, severity, station, device, item, sample, commodity, stall, vendor, supplier,
    registered, event, facts, caused_at, opened_at, updated_at)
SELECT id, rule, key, severity, station, device, item, sample, commodity, stall, vendor, supplier, registered, event,
    facts::jsonb, caused_at, %(now)b, %(now)b
FROM unnest(%(id)b::uuid[], %(rule)b::text[], %(key)b::text[], %(severity)b::text[], %(station)b::text[],
    %(device)b::text[], %(item)b::text[], %(sample)b::text[], %(commodity)b::text[], %(stall)b::text[],
    %(vendor)b::text[], %(supplier)b::text[], %(registered)b::uuid[], %(event)b::uuid[], %(facts)b::text[],
    %(at)b::timestamptz[])
    AS new (id, rule, key, severity, station, device, item, sample, commodity, stall, vendor, supplier, registered,
        event, facts, caused_at)
ORDER BY key
ON CONFLICT (key) WHERE state IN ('open', 'acknowledged', 'in_progress') DO NOTHING
RETURNING key, id

-- name: join_alerts
-- In the order of the keys, as everywhere.
UPDATE alert SET updated_at = %(now)b
FROM (
    SELECT id FROM alert WHERE key = ANY (%(keys)b::text[]) AND state IN ('open', 'acknowledged', 'in_progress')
    ORDER BY key FOR NO KEY UPDATE
) AS live
WHERE alert.id = live.id
RETURNING alert.key, alert.id, alert.state, alert.opened_at, alert.severity

-- name: live_alerts
SELECT key, id, severity, opened_at FROM alert
WHERE key = ANY (%(keys)b::text[]) AND state IN ('open', 'acknowledged', 'in_progress') ORDER BY key FOR NO KEY UPDATE

-- name: resolve_alert
UPDATE alert SET state = 'resolved', updated_at = %(now)b, resolved_at = %(now)b, resolved_by = '',
    acknowledged_until = NULL
WHERE id = %(id)b AND state IN ('open', 'acknowledged', 'in_progress')
RETURNING id

-- name: clock
SELECT now()

-- name: lapse
-- Alerts that were acknowledged until now, and with which nothing was done: open again. Two servers never take the same.
UPDATE alert SET state = 'open', updated_at = %(now)b, acknowledged_until = NULL
FROM (
    SELECT id, acknowledged_until FROM alert WHERE state = 'acknowledged' AND acknowledged_until <= %(now)b
    ORDER BY acknowledged_until LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
) AS due
WHERE alert.id = due.id
RETURNING alert.id, rule, severity, station, concat_ws(' ', nullif(commodity, ''), nullif(sample, ''), nullif(item, '')),
    opened_at, due.acknowledged_until,
    (SELECT coalesce(max(edition), 0) + 1 FROM delivery WHERE delivery.alert = alert.id)

-- name: next_lapse
SELECT extract(epoch FROM min(acknowledged_until) - now())::float8 FROM alert WHERE state = 'acknowledged'

-- name: add_steps
INSERT INTO alert_step (id, alert, at, action, note, code, facts, event)
SELECT id, alert, %(now)b, action, note, code, facts::jsonb, event
FROM unnest(%(id)b::uuid[], %(alert)b::uuid[], %(action)b::text[], %(note)b::text[], %(code)b::text[], %(facts)b::text[],
    %(event)b::uuid[]) AS new (id, alert, action, note, code, facts, event)

-- name: add_feed
INSERT INTO feed (at, items) SELECT %(now)b, unnest(%(items)b::text[])

-- name: notify_feed
NOTIFY shian_feed

-- name: notify_delivery
NOTIFY shian_delivery
