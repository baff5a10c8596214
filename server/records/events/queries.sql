-- name: by_id
SELECT stream, sequence, encode(hash, 'hex') AS hash, body FROM event WHERE id = %(id)s

-- name: by_sequence
SELECT stream, sequence, encode(hash, 'hex') AS hash, body FROM event
WHERE stream = %(stream)s AND sequence = %(sequence)s
