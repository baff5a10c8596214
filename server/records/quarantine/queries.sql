-- name: list
SELECT id, received_at, topic, station, stream, sequence, reason, detail, encode(hash, 'hex') AS hash,
       octet_length(body) AS size, released_at
FROM quarantine
WHERE (%(station)s::text IS NULL OR station = %(station)s)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(is_released)s::boolean IS NULL OR (released_at IS NOT NULL) = %(is_released)s)
  AND (%(after_at)s::timestamptz IS NULL OR (received_at, id) < (%(after_at)s, %(after_id)s))
ORDER BY received_at DESC, id DESC
LIMIT %(limit)s
