-- Rows that are taken away by age (storage/keeping.py): each statement takes some, and says how many.

-- name: state_change
WITH old AS (
    DELETE FROM state_change WHERE ctid IN (SELECT ctid FROM state_change WHERE at < %(before)b::timestamptz LIMIT %(most)b)
    RETURNING 1
)
SELECT count(*) FROM old

-- name: watch_past
WITH old AS (
    DELETE FROM watch_past WHERE ctid IN (SELECT ctid FROM watch_past WHERE ended < %(before)b::timestamptz LIMIT %(most)b)
    RETURNING 1
)
SELECT count(*) FROM old

-- name: delivery
-- With attempts, decisions, uses of links, and escalations. Its floor is in the function.
SELECT forget_told(%(before)b::timestamptz, %(most)b::int4)

-- name: quarantine
SELECT forget_refused(%(before)b::timestamptz, %(most)b::int4)

-- name: one_time
WITH old AS (DELETE FROM one_time WHERE expires_at < %(before)b::timestamptz RETURNING 1) SELECT count(*) FROM old

-- name: turn
-- Who was sent nothing for so long has no turn to wait for.
WITH old AS (
    DELETE FROM turn WHERE (rest_until IS NULL OR rest_until < %(before)b::timestamptz)
        AND NOT EXISTS (SELECT FROM unnest(taken) AS at WHERE at >= %(before)b::timestamptz)
        AND (digest_at IS NULL OR digest_at < %(before)b::timestamptz)
    RETURNING 1
)
SELECT count(*) FROM old

-- name: now
SELECT now()

-- name: try
SELECT pg_try_advisory_xact_lock(%(key)b)
