-- Alert -> one delivery row for every subscription that wants it, in the transaction that makes the alert.

-- name: route_alerts
-- `late_s`: how long after it was recorded the event behind the alert came; what has no event is of now.
-- Empty filters mean all; an area stands for everything below it. The key is random, not UUIDv7: few rows, one statement.
WITH RECURSIVE place (alert, area) AS (
    SELECT alert.id, station.area FROM alert JOIN station ON station.name = alert.station
    WHERE alert.id = ANY (%(alerts)b::uuid[])
    UNION
    SELECT place.alert, area.parent FROM place JOIN area ON area.code = place.area
)
INSERT INTO delivery (id, alert, subscription, next_attempt_at, created_at, late_s)
SELECT gen_random_uuid(), alert.id, subscription.id, %(now)b, %(now)b,
    coalesce(greatest(0, extract(epoch FROM event.received_at - event.recorded_at)), 0)
FROM alert LEFT JOIN event ON event.id = alert.event JOIN subscription ON subscription.is_enabled
    AND (subscription.stations = '{}' OR alert.station = ANY (subscription.stations))
    AND (subscription.rules = '{}' OR alert.rule = ANY (subscription.rules))
    AND (subscription.severities = '{}' OR alert.severity = ANY (subscription.severities))
    AND (subscription.areas = '{}' OR EXISTS (
        SELECT FROM place WHERE place.alert = alert.id AND place.area = ANY (subscription.areas)))
WHERE alert.id = ANY (%(alerts)b::uuid[])
ON CONFLICT (alert, subscription) DO NOTHING
RETURNING id
