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
    SELECT d.id FROM delivery d JOIN next USING (id)
    WHERE d.state = 'waiting' AND d.next_attempt_at <= now()
    FOR UPDATE OF d SKIP LOCKED
), claimed AS (
    UPDATE delivery d SET attempts = d.attempts + 1, next_attempt_at = now() + make_interval(secs => %(lease_s)s)
    FROM due WHERE d.id = due.id
    RETURNING d.*
)
SELECT c.id, c.attempts AS attempt, now() AS now, extract(epoch FROM now() - c.created_at)::float8 AS age_s,
       c.late_s, c.subscription,
       s.name AS subscription_name, s.channel, s.address, s.secret, s.is_enabled,
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
INSERT INTO delivery_attempt (delivery, attempt, at, outcome, status, detail, duration_ms)
VALUES (%(id)s, %(attempt)s, now(), %(outcome)s, %(status)s, %(detail)s, %(duration_ms)s)
ON CONFLICT (delivery, attempt) DO NOTHING

-- name: finish
-- Only by the holder of the claim: a server that was away longer than its lease must not undo a newer attempt.
UPDATE delivery SET state = %(state)s,
    next_attempt_at = CASE WHEN %(state)s = 'waiting' THEN now() + make_interval(secs => %(delay_s)s)
                      ELSE next_attempt_at END,
    finished_at = CASE WHEN %(state)s = 'waiting' THEN NULL ELSE now() END
WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'waiting'

-- name: delivered_late
-- It did arrive, whatever a newer attempt thinks: nothing more needs to be sent.
UPDATE delivery SET state = 'delivered', finished_at = now() WHERE id = %(id)s AND state <> 'delivered'
