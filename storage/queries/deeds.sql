-- Deeds: events of the centre's own stream.

-- name: lock
-- The head of the centre's stream, held until the end of the transaction.
SELECT stream, sequence, hash, at FROM lock_centre(%(fresh)b)

-- name: append
SELECT append_to_centre(%(stream)b::uuid, %(sequence)b::bigint, %(id)b::uuid, %(type)b::text, %(at)b::timestamptz,
    %(previous)b::bytea, %(body)b::bytea, %(laid_out)b::text::jsonb, %(signed)b::bigint)

-- name: newest_type
SELECT type FROM event WHERE stream = %(stream)b AND sequence = %(sequence)b

-- name: replace
SELECT replace_centre(%(fresh)b::uuid)

-- name: old_audit
-- The rows of the audit of before the deeds, and one hash over all of them.
SELECT count(*)::bigint, encode(sha256(convert_to(coalesce(string_agg(row, '' ORDER BY id), ''), 'UTF8')), 'hex')
FROM (
    SELECT id, encode(sha256(convert_to(concat_ws(E'\x1f', id::text, extract(epoch FROM at)::text, actor, action,
        subject, detail::text), 'UTF8')), 'hex') AS row
    FROM audit
) AS rows

-- name: settings_told
-- The settings that a process told last.
SELECT facts::jsonb -> 'values' FROM deed WHERE action = 'settings_changed' AND subject = %(process)s
ORDER BY recorded_at DESC, event DESC LIMIT 1
