-- What people at the stations did about failed tests, as steps of the alerts of those tests.

-- name: untold
SELECT a.id, h.event, h.step, h.who, h.to_whom, h.done_at, h.until, h.note
FROM unnest(%(stations)b::text[], %(results)b::uuid[]) AS asked (station, result)
JOIN handling h ON h.station = asked.station AND h.result = asked.result
JOIN LATERAL (
    -- The event that the result is stored under, where another stream brought it first.
    SELECT asked.result AS event UNION SELECT l.of_event FROM link_now l
    WHERE l.station = asked.station AND l.result = asked.result AND l.of_event IS NOT NULL
) AS known ON true
JOIN alert_step s ON s.event = known.event AND s.action IN ('opened', 'joined')
JOIN alert a ON a.id = s.alert AND a.rule = 'failed_test' AND a.station = h.station
WHERE NOT EXISTS (SELECT FROM alert_step told WHERE told.alert = a.id AND told.event = h.event)
GROUP BY a.id, h.event, h.step, h.who, h.to_whom, h.done_at, h.until, h.note, h.recorded_at
ORDER BY a.id, h.recorded_at, h.event

-- name: touch
UPDATE alert SET updated_at = %(now)b WHERE id = ANY (%(alerts)b::uuid[])
