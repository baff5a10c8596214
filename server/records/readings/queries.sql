-- name: list
SELECT event, recorded_at, station, device, quantity, channel, value, unit, measured_at, flags
FROM reading
WHERE {where}
