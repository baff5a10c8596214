-- name: list
SELECT id, received_at, topic, station, stream, sequence, reason, detail, encode(hash, 'hex') AS hash,
       coalesce(size, octet_length(body)) AS size, is_cut, released_at
FROM quarantine
WHERE {where}
