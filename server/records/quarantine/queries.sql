-- name: list
-- What was refused; and what lies in the ledger and is not understood yet, whose `released_at` is when it was.
SELECT id, received_at, topic, station, stream, sequence, reason, detail, hash, size, is_cut, released_at
FROM (
    SELECT id, received_at, topic, station, stream, sequence, reason, detail, encode(hash, 'hex') AS hash,
        coalesce(size, octet_length(body)) AS size, is_cut, released_at
    FROM quarantine
    UNION ALL
    SELECT event, received_at, topic, station, stream, sequence, 'not_understood', why, encode(hash, 'hex'), size, false,
        understood_at
    FROM not_understood
) AS beside
WHERE {where}
