-- name: list
-- What was refused; and what lies in the ledger and is not understood yet, whose `released_at` is when it was.
SELECT id, received_at, topic, station, stream, sequence, reason, detail, hash, size, is_cut, released_at, decision,
    decided_at, decided_by, decided_why,
    released_at IS NULL AND NOT is_cut AND decision = '' AND reason = ANY(%(retryable)s::text[]) AS may_release,
    released_at IS NULL AND decision = '' AND reason <> 'not_understood' AS may_drop
FROM (
    SELECT id, received_at, topic, station, stream, sequence, reason, detail, encode(hash, 'hex') AS hash,
        coalesce(size, octet_length(body)) AS size, is_cut, released_at, decision, decided_at, decided_by, decided_why
    FROM quarantine
    UNION ALL
    SELECT event, received_at, topic, station, stream, sequence, 'not_understood', why, encode(hash, 'hex'), size, false,
        understood_at, '', NULL, '', ''
    FROM not_understood
) AS beside
WHERE {where}

-- name: decide
UPDATE quarantine SET decision = %(decision)s, decided_at = now(), decided_by = %(by)s, decided_why = %(why)s
WHERE id = ANY(%(ids)s::uuid[]) AND released_at IS NULL AND decision = ''
    AND (%(decision)s = 'drop' OR NOT is_cut AND reason = ANY(%(retryable)s::text[]))
    AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s::text[]))
RETURNING id, station
