-- name: list
SELECT event, recorded_at, station, device, quantity, channel, value, unit, measured_at, flags
FROM reading
WHERE (%(station)s::text IS NULL OR station = %(station)s)
  AND (%(device)s::text IS NULL OR device = %(device)s)
  AND (%(quantity)s::text IS NULL OR quantity = %(quantity)s)
  AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR recorded_at < %(until)s)
  AND (%(after_at)s::timestamptz IS NULL OR (recorded_at, event) < (%(after_at)s, %(after_id)s))
  -- The row comparison alone excludes no chunk of a hypertable.
  AND (%(after_at)s::timestamptz IS NULL OR recorded_at <= %(after_at)s)
ORDER BY recorded_at DESC, event DESC
LIMIT %(limit)s
