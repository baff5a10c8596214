-- Thresholds of the system's rules (storage/rules/system.py).

-- name: changed
SELECT rule, changed::text, at FROM rule_threshold ORDER BY rule

-- name: lock
-- One writer at a time.
SELECT pg_advisory_xact_lock(%(key)b)

-- name: put
INSERT INTO rule_threshold (rule, changed, at) VALUES (%(rule)b, %(changed)b::text::jsonb, now())
ON CONFLICT (rule) DO UPDATE SET changed = excluded.changed, at = excluded.at

-- name: reset
DELETE FROM rule_threshold WHERE rule = %(rule)b

-- name: past
-- Episodes of a rule that touch the period, the oldest first; one that goes on has no end.
SELECT key, station, began, ended, most, is_of_alert FROM watch_past
WHERE rule = %(rule)b AND began < %(until)b::timestamptz AND ended >= %(since)b::timestamptz
    AND (%(stations)b::text[] IS NULL OR station = ANY (%(stations)b::text[]))
UNION ALL
SELECT key, station, since, off_since, most, false FROM watch
WHERE rule = %(rule)b AND since < %(until)b::timestamptz
    AND (%(stations)b::text[] IS NULL OR station = ANY (%(stations)b::text[]))
ORDER BY began, key

-- name: whole_from
-- Since when every episode is kept.
SELECT applied_at FROM migration WHERE name = 'thresholds'
