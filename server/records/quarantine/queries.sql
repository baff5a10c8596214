-- name: list
SELECT id, received_at, topic, station, stream, sequence, reason, detail, encode(hash, 'hex') AS hash,
       octet_length(body) AS size, released_at
FROM quarantine
WHERE {where}
