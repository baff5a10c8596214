-- name: by_id
SELECT station, stream, sequence, encode(hash, 'hex') AS hash, body FROM event WHERE id = %(id)s

-- name: by_sequence
SELECT station, stream, sequence, encode(hash, 'hex') AS hash, body FROM event
WHERE stream = %(stream)s AND sequence = %(sequence)s

-- name: streams
SELECT id, station, through, encode(head, 'hex') AS head, highest, gap_since, signed_through, broken_at, created_at,
       last_event_at
FROM stream
WHERE {where}
