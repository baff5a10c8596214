-- Anchors and the places that keep them.

-- name: try_lock
SELECT pg_try_advisory_xact_lock(%(key)b::bigint)

-- name: newest
SELECT statement FROM anchor ORDER BY number DESC LIMIT 1

-- name: is_due
-- By the database's clock, however many servers ask.
SELECT coalesce((SELECT max(at) <= now() - make_interval(secs => %(every_s)b) FROM anchor), true)

-- name: heads
SELECT station, id, through, encode(head, 'hex') FROM stream WHERE through > 0 ORDER BY station, id

-- name: add
INSERT INTO anchor (number, at, hash, statement, lists)
VALUES (%(number)b, %(at)b, %(hash)b, %(statement)b, %(lists)b)

-- name: forget_lists
-- The statement stays.
UPDATE anchor SET lists = NULL WHERE lists IS NOT NULL AND at < now() - make_interval(days => %(days)s)

-- name: by_number
SELECT statement, lists FROM anchor WHERE number = %(number)b

-- name: after
SELECT number, statement, lists FROM anchor WHERE number > %(number)b ORDER BY number LIMIT 1

-- name: every
SELECT number, statement, lists FROM anchor WHERE number > %(number)b ORDER BY number LIMIT 20

-- name: place
SELECT number FROM anchor_place WHERE name = %(name)b

-- name: kept
INSERT INTO anchor_place (name, number, kept_at) VALUES (%(name)b, %(number)b, now())
ON CONFLICT (name) DO UPDATE SET number = excluded.number, kept_at = excluded.kept_at, failing_since = NULL, failure = ''

-- name: not_kept
INSERT INTO anchor_place (name, failing_since, failure) VALUES (%(name)b, now(), %(failure)b)
ON CONFLICT (name) DO UPDATE SET failing_since = coalesce(anchor_place.failing_since, now()), failure = excluded.failure

-- name: places
SELECT name, number, failing_since, failure FROM anchor_place ORDER BY name

-- name: newest_at
SELECT number, at FROM anchor ORDER BY number DESC LIMIT 1

-- name: centre_key
-- The key of the centre that was accepted last.
SELECT facts::jsonb ->> 'after' FROM deed WHERE action = 'key_pinned' AND subject = 'centre'
ORDER BY recorded_at DESC, event DESC LIMIT 1

-- name: keys_by_deed
-- Each key with the time of the first deed that accepted it, of before the chain of deeds as well.
SELECT station, key, min(at) FROM (
    SELECT subject AS station, recorded_at AS at, action, facts::jsonb AS facts FROM deed
    UNION ALL SELECT subject, at, action, detail FROM audit
) AS done, unnest(ARRAY[facts ->> 'public_key', facts ->> 'after']) AS key
WHERE action IN ('station_enrolled', 'key_pinned', 'station_came_in', 'station_rekeyed') AND key IS NOT NULL GROUP BY 1, 2

-- name: extent
-- What the ledger has of a stream: its last number, and the hashes at some.
SELECT coalesce(max(sequence), 0)::bigint FROM event WHERE stream = %(stream)b

-- name: hashes
SELECT sequence, encode(hash, 'hex') FROM event WHERE stream = %(stream)b AND sequence = ANY (%(sequences)b::bigint[])
UNION ALL
SELECT sequence, encode(hash, 'hex') FROM accounted
WHERE stream = %(stream)b AND sequence = ANY (%(sequences)b::bigint[])

-- name: checkpoints
SELECT body FROM event WHERE stream = %(stream)s AND type = 'shian.checkpoint.v1' ORDER BY sequence

-- name: bodies
SELECT sequence, body FROM event WHERE stream = %(stream)s AND sequence > %(after)s ORDER BY sequence LIMIT 1000

-- name: replaced
-- What the centre itself said about an older state that was put back.
SELECT recorded_at, facts FROM deed WHERE action = 'centre_stream_replaced' ORDER BY recorded_at DESC LIMIT 1
