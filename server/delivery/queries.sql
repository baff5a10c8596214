-- name: claim
-- What is due of one kind (server/delivery/slots.py), the news that came the soonest after it happened first. The way
-- into the indexes: each subscription gives a few from the beginning, however many wait. A claim moves next_attempt_at
-- by the lease: when this server dies, the delivery comes back by itself.
WITH next AS MATERIALIZED (
    SELECT first.id
    FROM subscription s
    LEFT JOIN unnest(%(busy)s::uuid[], %(rooms)s::int[]) AS busy (subscription, room) ON busy.subscription = s.id
    CROSS JOIN LATERAL (
        SELECT d.id, d.late_s, d.next_attempt_at FROM delivery d
        WHERE d.subscription = s.id AND d.state = 'waiting' AND d.next_attempt_at <= now()
          AND (d.attempts > 0) = %(is_retry)s AND d.late_s > %(above_s)s AND d.late_s <= %(to_s)s
        ORDER BY d.late_s, d.next_attempt_at
        LIMIT coalesce(busy.room, %(each)s)
    ) AS first
    WHERE s.channel = ANY(%(channels)s::text[])
    ORDER BY first.late_s, first.next_attempt_at, first.id
    LIMIT %(limit)s
), due AS (
    SELECT d.id, d.is_held FROM delivery d JOIN next USING (id)
    WHERE d.state = 'waiting' AND d.next_attempt_at <= now()
    FOR UPDATE OF d SKIP LOCKED
), claimed AS (
    UPDATE delivery d SET attempts = d.attempts + 1, is_held = false,
        next_attempt_at = now() + make_interval(secs => %(lease_s)s)
    FROM due WHERE d.id = due.id
    RETURNING d.*, due.is_held AS was_held
)
SELECT c.id, c.attempts AS attempt, now() AS now, extract(epoch FROM now() - c.created_at)::float8 AS age_s,
       c.late_s, c.was_held, c.subscription,
       s.name AS subscription_name, s.channel, s.address, s.secret, s.language, s.is_enabled,
       jsonb_build_object(
           'id', a.id, 'rule', a.rule, 'severity', a.severity, 'state', a.state, 'station', a.station,
           'station_title', coalesce(t.title, ''), 'station_title_en', coalesce(t.title_en, ''),
           'device', a.device, 'item', a.item, 'sample', a.sample, 'commodity', a.commodity, 'event', a.event,
           'facts', a.facts, 'opened_at', a.opened_at, 'updated_at', a.updated_at) AS alert
FROM claimed c
JOIN alert a ON a.id = c.alert
JOIN subscription s ON s.id = c.subscription
LEFT JOIN station t ON t.name = a.station
ORDER BY c.late_s, c.created_at, c.id

-- name: next_due
SELECT extract(epoch FROM min(d.next_attempt_at) FILTER (
           WHERE d.subscription <> ALL(%(busy)s::uuid[]) AND s.channel = ANY(%(channels)s::text[])) - now())::float8 AS in_s,
       count(*) AS waiting
FROM delivery d JOIN subscription s ON s.id = d.subscription WHERE d.state = 'waiting'

-- name: receipt
INSERT INTO delivery_attempt (delivery, attempt, at, outcome, status, detail, duration_ms, remote_id, code, together)
VALUES (%(id)s, %(attempt)s, now(), %(outcome)s, %(status)s, %(detail)s, %(duration_ms)s, %(remote_id)s, %(code)s,
    %(together)s)
ON CONFLICT (delivery, attempt) DO NOTHING

-- name: finish
-- Only by the holder of the claim: a server that was away longer than its lease must not undo a newer attempt.
UPDATE delivery SET state = %(state)s, is_held = %(is_held)s AND %(state)s = 'waiting',
    next_attempt_at = CASE WHEN %(state)s = 'waiting' THEN now() + make_interval(secs => %(delay_s)s)
                      ELSE next_attempt_at END,
    finished_at = CASE WHEN %(state)s = 'waiting' THEN NULL ELSE now() END
WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'waiting'

-- name: delivered_late
-- It did arrive, whatever a newer attempt thinks: nothing more needs to be sent.
UPDATE delivery SET state = 'delivered', finished_at = now() WHERE id = %(id)s AND state <> 'delivered'

-- name: take_turn
-- A turn at an address, when its receiver takes one more message now. A time far in the future is no turn: the clock was
-- put back (one just ahead is that of a transaction that began later). `digest_s` above 0: for all that is held, at most once within so long.
INSERT INTO turn (channel, address, taken, digest_at)
VALUES (%(channel)s, %(address)s, ARRAY[now()], CASE WHEN %(digest_s)s > 0 THEN now() END)
ON CONFLICT (channel, address) DO UPDATE
SET taken = ARRAY(SELECT at FROM unnest(turn.taken) AS at
                  WHERE at > now() - make_interval(secs => %(window_s)s) AND at <= now() + make_interval(secs => %(window_s)s)) || now(),
    digest_at = coalesce(excluded.digest_at, turn.digest_at)
WHERE (SELECT count(*) FROM unnest(turn.taken) AS at
       WHERE at > now() - make_interval(secs => %(window_s)s) AND at <= now() + make_interval(secs => %(window_s)s)) < %(most)s
  AND (turn.rest_until IS NULL OR turn.rest_until <= now())
  AND (%(digest_s)s = 0 OR turn.digest_at IS NULL OR turn.digest_at > now() + make_interval(secs => %(digest_s)s)
       OR turn.digest_at <= now() - make_interval(secs => %(digest_s)s))

-- name: rest
INSERT INTO turn (channel, address, taken, rest_until)
VALUES (%(channel)s, %(address)s, '{}', now() + make_interval(secs => %(rest_s)s))
ON CONFLICT (channel, address) DO UPDATE SET rest_until = excluded.rest_until

-- name: hold
-- What is due of the subscription is held together with it: one of them comes back after `pause_s` and takes all others
-- along; they come back by themselves after `longest_s`. What was claimed and not tried is no attempt.
UPDATE delivery d SET is_held = true, attempts = CASE WHEN d.id = %(id)s THEN d.attempts - 1 ELSE d.attempts END,
    next_attempt_at = now() + make_interval(secs => CASE
        WHEN d.id <> %(id)s OR EXISTS (
            SELECT FROM delivery l WHERE l.subscription = %(subscription)s AND l.state = 'waiting' AND l.is_held
                AND l.next_attempt_at <= now() + make_interval(secs => %(pause_s)s))
        THEN %(longest_s)s ELSE %(pause_s)s END)
WHERE d.id IN (
    SELECT id FROM delivery WHERE state = 'waiting' AND (
        (id = %(id)s AND attempts = %(attempt)s)
        OR (subscription = %(subscription)s AND NOT is_held AND attempts = 0 AND next_attempt_at <= now()))
    ORDER BY id FOR UPDATE SKIP LOCKED)

-- name: gather
-- Claim all that is held of a subscription, beside the one that is claimed already.
WITH held AS (
    SELECT id FROM delivery
    WHERE subscription = %(subscription)s AND state = 'waiting' AND is_held AND id <> %(id)s
    ORDER BY late_s, created_at, id LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE delivery d SET attempts = d.attempts + 1, is_held = false,
        next_attempt_at = now() + make_interval(secs => %(lease_s)s)
    FROM held WHERE d.id = held.id
    RETURNING d.*, true AS was_held
)
SELECT c.id, c.attempts AS attempt, now() AS now, extract(epoch FROM now() - c.created_at)::float8 AS age_s,
       c.late_s, c.was_held, c.subscription,
       s.name AS subscription_name, s.channel, s.address, s.secret, s.language, s.is_enabled,
       jsonb_build_object(
           'id', a.id, 'rule', a.rule, 'severity', a.severity, 'state', a.state, 'station', a.station,
           'station_title', coalesce(t.title, ''), 'station_title_en', coalesce(t.title_en, ''),
           'device', a.device, 'item', a.item, 'sample', a.sample, 'commodity', a.commodity, 'event', a.event,
           'facts', a.facts, 'opened_at', a.opened_at, 'updated_at', a.updated_at) AS alert
FROM claimed c
JOIN alert a ON a.id = c.alert
JOIN subscription s ON s.id = c.subscription
LEFT JOIN station t ON t.name = a.station

-- name: end_subscription
UPDATE subscription SET is_enabled = false, ended_for = %(reason)s WHERE id = %(id)s AND is_enabled
