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
    UPDATE delivery d SET attempts = d.attempts + 1, is_held = false, touched_at = now(),
        next_attempt_at = now() + make_interval(secs => %(lease_s)s)
    FROM due WHERE d.id = due.id
    RETURNING d.id, due.is_held AS was_held
)
SELECT id, was_held FROM claimed

-- name: in_full
-- What the stages know of deliveries that are claimed. `causes`, `hushed` and `scopes`: server/delivery/inhibit.toml.
SELECT d.id, d.attempts AS attempt, now() AS now,
       extract(epoch FROM now() - coalesce(d.postponed_at, d.created_at))::float8 AS age_s,
       d.late_s, d.occasion, d.edition, d.postponed_at IS NOT NULL AS was_postponed, claimed.was_held, d.subscription,
       s.name AS subscription_name, s.channel, s.address, s.secret, s.language, s.is_enabled, s.hours, s.paused_until,
       s.may_acknowledge,
       CASE WHEN p.id IS NOT NULL THEN jsonb_build_object(
           'id', p.id, 'name', p.name, 'is_enabled', p.is_enabled,
           'grants', coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'area', area)) FROM account_role
                               WHERE account = p.id), '[]')) END AS account,
       ARRAY(WITH RECURSIVE up (area) AS (
                 SELECT t.area UNION SELECT area.parent FROM up JOIN area ON area.code = up.area)
             SELECT area FROM up WHERE area IS NOT NULL) AS areas,
       (SELECT jsonb_build_object('id', v.silence, 'reason', v.reason, 'by', v.author, 'until', v.ends_at)
        FROM silenced v WHERE v.alert = a.id ORDER BY v.ends_at DESC LIMIT 1) AS silence,
       (SELECT jsonb_build_object('id', o.id, 'rule', o.rule)
        FROM unnest(%(causes)s::text[], %(hushed)s::text[], %(scopes)s::text[]) AS r (cause, hushed, scope)
        JOIN alert o ON o.rule = r.cause AND o.state NOT IN ('resolved', 'closed') AND o.id <> a.id
            AND (r.scope = 'district' OR o.station = a.station) AND (r.scope <> 'device' OR o.device = a.device)
        WHERE r.hushed = a.rule LIMIT 1) AS cause,
       (SELECT jsonb_build_object('actor', actor, 'note', note, 'facts', facts) FROM alert_step
        WHERE alert = a.id AND action = d.occasion ORDER BY at DESC, id DESC LIMIT 1) AS step,
       jsonb_build_object(
           'id', a.id, 'rule', a.rule, 'severity', a.severity, 'state', a.state, 'station', a.station,
           'station_title', coalesce(t.title, ''), 'station_title_en', coalesce(t.title_en, ''),
           'device', a.device, 'item', a.item, 'sample', a.sample, 'commodity', a.commodity, 'event', a.event,
           'stall', a.stall, 'vendor', a.vendor, 'supplier', a.supplier, 'facts', a.facts, 'caused_at', a.caused_at,
           'opened_at', a.opened_at, 'updated_at', a.updated_at,
           'voided', (SELECT count(*) FROM alert_step WHERE alert = a.id AND action = 'result_voided')) AS alert
FROM unnest(%(ids)s::uuid[], %(were_held)s::bool[]) AS claimed (id, was_held)
JOIN delivery d ON d.id = claimed.id
JOIN alert a ON a.id = d.alert
JOIN subscription s ON s.id = d.subscription
LEFT JOIN account p ON p.id = s.account
LEFT JOIN station t ON t.name = a.station
ORDER BY d.late_s, d.created_at, d.id

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

-- name: receipts
INSERT INTO delivery_attempt (delivery, attempt, at, outcome, status, detail, duration_ms, remote_id, code, together)
SELECT id, attempt, now(), outcome, status, detail, duration_ms, remote_id, code, together
FROM unnest(%(id)s::uuid[], %(attempt)s::int[], %(outcome)s::text[], %(status)s::int[], %(detail)s::text[],
    %(duration_ms)s::int[], %(remote_id)s::text[], %(code)s::text[], %(together)s::int[])
    AS new (id, attempt, outcome, status, detail, duration_ms, remote_id, code, together)
ON CONFLICT (delivery, attempt) DO NOTHING

-- name: delivered
-- As `finish`, for several that arrived.
UPDATE delivery d SET state = 'delivered', is_held = false, touched_at = now(), finished_at = now()
FROM unnest(%(id)s::uuid[], %(attempt)s::int[]) AS new (id, attempt)
WHERE d.id = new.id AND d.attempts = new.attempt AND d.state = 'waiting'
RETURNING d.id

-- name: finish
-- Only by the holder of the claim: a server that was away longer than its lease must not undo a newer attempt.
UPDATE delivery SET state = %(state)s, is_held = %(is_held)s AND %(state)s = 'waiting',
    touched_at = now(),
    next_attempt_at = CASE WHEN %(state)s = 'waiting' THEN now() + make_interval(secs => %(delay_s)s)
                      ELSE next_attempt_at END,
    finished_at = CASE WHEN %(state)s = 'waiting' THEN NULL ELSE now() END
WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'waiting'

-- name: delivered_late
-- It did arrive, whatever a newer attempt thinks: nothing more needs to be sent.
UPDATE delivery SET state = 'delivered', finished_at = now() WHERE id = ANY (%(ids)s::uuid[]) AND state <> 'delivered'

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
WITH held AS (
    UPDATE delivery d SET is_held = true, attempts = CASE WHEN d.id = %(id)s THEN d.attempts - 1 ELSE d.attempts END,
        touched_at = now(), next_attempt_at = now() + make_interval(secs => CASE
            WHEN d.id <> %(id)s OR d.occasion NOT IN ('daily', 'weekly') AND EXISTS (
                SELECT FROM delivery l WHERE l.subscription = %(subscription)s AND l.state = 'waiting' AND l.is_held
                    AND l.occasion NOT IN ('daily', 'weekly')
                    AND l.next_attempt_at <= now() + make_interval(secs => %(pause_s)s))
            THEN %(longest_s)s ELSE %(pause_s)s END)
    WHERE d.id IN (
        SELECT id FROM delivery WHERE state = 'waiting' AND (
            (id = %(id)s AND attempts = %(attempt)s)
            OR (subscription = %(subscription)s AND NOT is_held AND attempts = 0 AND next_attempt_at <= now()
                AND occasion NOT IN ('daily', 'weekly')))
        ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING d.id, d.next_attempt_at
)
INSERT INTO routing_decision (delivery, reason, at, last_at, until)
SELECT id, 'held', now(), now(), next_attempt_at FROM held
ON CONFLICT (delivery, reason) DO UPDATE SET last_at = excluded.last_at, until = excluded.until

-- name: gather
-- Claim all that is held of a subscription, beside the one that is claimed already.
WITH held AS (
    SELECT id FROM delivery
    WHERE subscription = %(subscription)s AND state = 'waiting' AND is_held AND id <> %(id)s
      AND occasion NOT IN ('daily', 'weekly')
    ORDER BY late_s, created_at, id LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
UPDATE delivery d SET attempts = d.attempts + 1, is_held = false, touched_at = now(),
    next_attempt_at = now() + make_interval(secs => %(lease_s)s)
FROM held WHERE d.id = held.id
RETURNING d.id, true AS was_held

-- name: gather_digest
-- Claim the rest of a digest, whenever it would be due.
WITH rest AS (
    SELECT id FROM delivery
    WHERE subscription = %(subscription)s AND occasion = %(occasion)s AND edition = %(edition)s AND state = 'waiting'
      AND id <> %(id)s
    ORDER BY created_at, id LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
UPDATE delivery d SET attempts = d.attempts + 1, is_held = false, touched_at = now(),
    next_attempt_at = now() + make_interval(secs => %(lease_s)s)
FROM rest WHERE d.id = rest.id
RETURNING d.id, true AS was_held

-- name: put_back
-- What was claimed and not tried is no attempt.
UPDATE delivery SET attempts = attempts - 1, is_held = true, touched_at = now(),
    next_attempt_at = now() + make_interval(secs => %(longest_s)s)
WHERE id = ANY (%(ids)s::uuid[]) AND state = 'waiting'

-- name: let_go
-- What was claimed to go along and must not is due at once, by itself. It was not tried.
UPDATE delivery SET attempts = attempts - 1, is_held = false, touched_at = now(), next_attempt_at = now()
WHERE id = ANY (%(ids)s::uuid[]) AND state = 'waiting'

-- name: postpone
-- Looked at again at `until`. Its age counts from then.
UPDATE delivery SET attempts = attempts - 1, touched_at = now(), postponed_at = %(until)s, next_attempt_at = %(until)s
WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'waiting'

-- name: decide
INSERT INTO routing_decision (delivery, reason, at, last_at, until, facts)
VALUES (%(id)s, %(reason)s, now(), now(), %(until)s, %(facts)s)
ON CONFLICT (delivery, reason) DO UPDATE SET last_at = excluded.last_at, until = excluded.until, facts = excluded.facts

-- name: wake
-- The reason why these were put off is over before its time.
WITH woken AS (
    UPDATE delivery d SET next_attempt_at = now(), touched_at = now()
    FROM routing_decision r
    WHERE r.delivery = d.id AND r.reason = %(reason)s AND r.facts ->> 'id' = %(cause)s AND d.state = 'waiting'
      AND d.attempts = 0
    RETURNING d.id
)
SELECT pg_notify('shian_delivery', '') FROM (SELECT FROM woken LIMIT 1) AS one

-- name: follow_clock
-- The database's clock was put back: what was to be due at a time of the old clock is due as long from now.
UPDATE delivery SET next_attempt_at = next_attempt_at - (touched_at - now()), touched_at = now()
WHERE state = 'waiting' AND touched_at > now() + interval '30 seconds'

-- name: end_subscription
UPDATE subscription SET is_enabled = false, ended_for = %(reason)s WHERE id = %(id)s AND is_enabled

-- name: notify
SELECT pg_notify('shian_delivery', '')

-- name: keep_link_key
INSERT INTO link_key (key) VALUES (%(key)s) ON CONFLICT DO NOTHING

-- name: link_key
SELECT key FROM link_key

-- name: link_used
SELECT at FROM link_use WHERE delivery = %(delivery)s

-- name: use_link
INSERT INTO link_use (delivery, address) VALUES (%(delivery)s, %(address)s) ON CONFLICT DO NOTHING

-- name: confirming
SELECT name, is_enabled, confirmed_at FROM subscription WHERE id = %(id)s

-- name: confirm
UPDATE subscription SET confirmed_at = now(), test_hash = NULL WHERE id = %(id)s AND confirmed_at IS NULL

-- name: test_to
SELECT name, channel, address, secret, language, now() AS now FROM subscription WHERE id = %(id)s AND is_enabled
