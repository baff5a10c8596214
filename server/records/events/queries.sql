-- Of stations alone: the centre's own events are the audit.

-- name: by_id
SELECT station, stream, sequence, encode(hash, 'hex') AS hash, body FROM event
WHERE id = %(id)s AND station <> 'centre'

-- name: by_sequence
SELECT station, stream, sequence, encode(hash, 'hex') AS hash, body FROM event
WHERE stream = %(stream)s AND sequence = %(sequence)s AND station <> 'centre'

-- name: streams
SELECT id, station, through, encode(head, 'hex') AS head, highest, gap_since, signed_through, broken_at, created_at,
       last_event_at
FROM stream
WHERE station <> 'centre' AND {where}
