-- Alert -> one delivery row for every subscription that wants it, in the transaction that makes the alert.

-- name: route_alerts
-- `late_s`, one an alert: how long after it happened the news came.
-- Empty filters mean all; an area stands for everything below it. The key is random, not UUIDv7: few rows, one statement.
WITH RECURSIVE place (alert, area) AS (
    SELECT alert.id, station.area FROM alert JOIN station ON station.name = alert.station
    WHERE alert.id = ANY (%(alerts)b::uuid[])
    UNION
    SELECT place.alert, area.parent FROM place JOIN area ON area.code = place.area
)
INSERT INTO delivery (id, alert, subscription, next_attempt_at, created_at, late_s)
SELECT gen_random_uuid(), alert.id, subscription.id, %(now)b, %(now)b, new.late_s
FROM unnest(%(alerts)b::uuid[], %(late_s)b::float8[]) AS new (id, late_s)
JOIN alert ON alert.id = new.id
JOIN subscription ON subscription.is_enabled
    AND (subscription.stations = '{}' OR alert.station = ANY (subscription.stations))
    AND (subscription.rules = '{}' OR alert.rule = ANY (subscription.rules))
    AND (subscription.severities = '{}' OR alert.severity = ANY (subscription.severities))
    AND (subscription.areas = '{}' OR EXISTS (
        SELECT FROM place WHERE place.alert = alert.id AND place.area = ANY (subscription.areas)))
ON CONFLICT (alert, subscription, edition) DO NOTHING
RETURNING id
