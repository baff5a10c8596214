-- name: list
SELECT r.id, r.title, r.area, r.after_s, r.severities, r.is_on, r.created_at FROM duty_rota r WHERE {where}

-- name: rotas
-- Rotas that are on, with their shifts and the overrides that are not over for long.
SELECT r.id, r.title, r.area, r.after_s, r.severities,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
           'account', s.account, 'hours', s.hours, 'from_day', s.from_day, 'until_day', s.until_day,
           'every_weeks', s.every_weeks) ORDER BY s.id)
        FROM duty_shift s JOIN account p ON p.id = s.account AND p.is_enabled
        WHERE s.rota = r.id AND s.ended_at IS NULL), '[]') AS shifts,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
           'account', o.account, 'starts_at', o.starts_at, 'ends_at', o.ends_at, 'note', o.note) ORDER BY o.id)
        FROM duty_override o JOIN account p ON p.id = o.account AND p.is_enabled
        WHERE o.rota = r.id AND o.ended_at IS NULL AND o.ends_at > now() - interval '400 days'), '[]') AS overrides
FROM duty_rota r WHERE r.is_on AND (%(id)s::uuid IS NULL OR r.id = %(id)s) ORDER BY r.created_at, r.id

-- name: create
INSERT INTO duty_rota (id, title, area, after_s, severities)
VALUES (%(id)s, %(title)s, %(area)s, %(after_s)s, %(severities)s)

-- name: change
UPDATE duty_rota SET title = %(title)s, after_s = %(after_s)s, severities = %(severities)s WHERE id = %(id)s

-- name: end
UPDATE duty_rota SET is_on = false WHERE id = %(id)s AND is_on

-- name: account
SELECT p.id, p.name, p.is_enabled,
       coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'area', area)) FROM account_role
                 WHERE account = p.id), '[]') AS grants
FROM account p WHERE lower(p.name) = lower(%(name)s)

-- name: above
-- An area and all above it.
WITH RECURSIVE up (area) AS (
    SELECT %(area)s::text UNION SELECT area.parent FROM up JOIN area ON area.code = up.area)
SELECT area FROM up WHERE area IS NOT NULL

-- name: add_shift
INSERT INTO duty_shift (id, rota, account, hours, from_day, until_day, every_weeks)
VALUES (%(id)s, %(rota)s, %(account)s, %(hours)s, %(from_day)s, %(until_day)s, %(every_weeks)s)

-- name: end_shift
UPDATE duty_shift SET ended_at = now() WHERE id = %(id)s AND rota = %(rota)s AND ended_at IS NULL

-- name: add_override
INSERT INTO duty_override (id, rota, account, starts_at, ends_at, note, author)
VALUES (%(id)s, %(rota)s, %(account)s, %(starts_at)s, %(ends_at)s, %(note)s, %(author)s)

-- name: end_override
UPDATE duty_override SET ended_at = now() WHERE id = %(id)s AND rota = %(rota)s AND ended_at IS NULL

-- name: add_note
INSERT INTO duty_note (id, rota, author, text) VALUES (%(id)s, %(rota)s, %(author)s, %(text)s)

-- name: shifts
SELECT s.id, p.name AS account, s.hours, s.from_day, s.until_day, s.every_weeks
FROM duty_shift s JOIN account p ON p.id = s.account
WHERE s.rota = %(id)s AND s.ended_at IS NULL ORDER BY s.from_day, s.id

-- name: overrides
SELECT o.id, p.name AS account, o.starts_at, o.ends_at, o.note, o.author
FROM duty_override o JOIN account p ON p.id = o.account
WHERE o.rota = %(id)s AND o.ended_at IS NULL AND o.ends_at > now() ORDER BY o.starts_at, o.id

-- name: notes
SELECT id, at, author, text FROM duty_note WHERE rota = %(id)s ORDER BY at DESC, id DESC LIMIT 20

-- name: names
SELECT id, name, title FROM account WHERE id = ANY (%(accounts)s::uuid[])

-- name: working
-- The channels by which these people can be reached: confirmed, not paused, and the last message arrived.
SELECT s.id, s.account, 'escalated' = ANY (s.tells) AS is_asked
FROM subscription s JOIN account p ON p.id = s.account
WHERE s.account = ANY (%(accounts)s::uuid[]) AND s.is_enabled AND p.is_enabled AND s.confirmed_at IS NOT NULL
  AND (s.paused_until IS NULL OR s.paused_until <= now())
  AND coalesce((SELECT d.state = 'delivered' FROM delivery d
                WHERE d.subscription = s.id AND d.state IN ('delivered', 'failed')
                  AND d.created_at > now() - interval '7 days' ORDER BY d.finished_at DESC LIMIT 1), true)

-- name: try_lock
SELECT pg_try_advisory_xact_lock(%(key)s) AS is_free

-- name: begin
-- Alerts that nobody has answered yet, and those that are open again.
INSERT INTO escalation (alert, next_at, touched_at)
SELECT a.id, now(), now() FROM alert a
WHERE a.state = 'open' AND a.severity = ANY (%(severities)s::text[]) AND a.rule <> 'nobody_reached'
  AND a.opened_at > now() - interval '1 day'
  AND NOT EXISTS (SELECT FROM escalation e WHERE e.alert = a.id)
ON CONFLICT (alert) DO NOTHING

-- name: begin_again
UPDATE escalation e SET level = 0, next_at = now(), touched_at = now(), outcome = ''
FROM alert a WHERE a.id = e.alert AND a.state = 'open' AND e.outcome = 'answered'

-- name: answered
UPDATE escalation e SET outcome = 'answered' FROM alert a
WHERE a.id = e.alert AND a.state <> 'open' AND e.outcome IN ('', 'exhausted')
RETURNING a.id

-- name: follow_clock
UPDATE escalation SET next_at = next_at - (touched_at - now()), touched_at = now()
WHERE outcome = '' AND touched_at > now() + interval '30 seconds'

-- name: due
-- Silenced alerts wait; what is told to nobody needs no answer.
SELECT a.id, e.level, a.rule, a.severity, a.station, a.device, a.item, a.sample, a.commodity,
       ARRAY(WITH RECURSIVE up (area, depth) AS (
                 SELECT t.area, 0 UNION SELECT area.parent, up.depth + 1 FROM up JOIN area ON area.code = up.area
                 WHERE up.depth < 50)
             SELECT area FROM up WHERE area IS NOT NULL ORDER BY depth) AS areas,
       CASE WHEN a.facts ? 'drill' THEN jsonb_build_object('drill', a.facts ->> 'drill') ELSE '{}' END AS drill,
       CASE WHEN jsonb_typeof(a.facts -> 'title') = 'object' THEN a.facts -> 'title' END AS title
FROM escalation e
JOIN alert a ON a.id = e.alert
LEFT JOIN station t ON t.name = a.station
WHERE e.outcome = '' AND e.next_at <= now() AND a.state = 'open'
  AND NOT EXISTS (SELECT FROM silenced WHERE silenced.alert = a.id)
ORDER BY e.next_at LIMIT 200
FOR UPDATE OF e SKIP LOCKED

-- name: go_on
UPDATE escalation SET level = %(level)s, outcome = %(outcome)s, touched_at = now(),
    next_at = now() + make_interval(secs => %(after_s)s)
WHERE alert = %(alert)s

-- name: tell
-- Whoever is on duty is told, whatever his filters say.
INSERT INTO delivery (id, alert, subscription, occasion, next_attempt_at, created_at, touched_at, edition)
SELECT gen_random_uuid(), %(alert)s, subscription, 'escalated', now(), now(), now(),
    (SELECT count(*) FROM alert_step WHERE alert = %(alert)s AND action = 'escalated')
FROM unnest(%(subscriptions)s::uuid[]) AS subscription
ON CONFLICT (alert, subscription, occasion, edition) DO NOTHING

-- name: end_subscriptions
-- Whoever has no account any more is told nothing more.
UPDATE subscription s SET is_enabled = false, ended_for = 'account_ended' FROM account p
WHERE p.id = s.account AND NOT p.is_enabled AND s.is_enabled
RETURNING s.id, s.name, p.name AS account

-- name: digests
-- Digests that are due: `moment` is the last time at which one of this subscription was to come.
WITH wanted AS (
    SELECT s.id, s.account, s.tells, s.digest_at, s.created_at, s.daily_through, s.weekly_through,
           (now() AT TIME ZONE %(zone)s) AS here
    FROM subscription s WHERE s.is_enabled AND s.tells && ARRAY['daily', 'weekly']
), moments AS (
    SELECT id, account, 'daily' AS occasion, coalesce(daily_through, created_at) AS since,
           (date_trunc('day', here - digest_at::interval) + digest_at::interval) AT TIME ZONE %(zone)s AS moment
    FROM wanted WHERE 'daily' = ANY (tells)
    UNION ALL
    SELECT id, account, 'weekly', coalesce(weekly_through, created_at),
           (date_trunc('week', here - digest_at::interval) + digest_at::interval) AT TIME ZONE %(zone)s
    FROM wanted WHERE 'weekly' = ANY (tells)
)
SELECT id, account, occasion, greatest(since, moment - interval '8 days') AS since, moment FROM moments
WHERE since < moment ORDER BY moment, id LIMIT 500

-- name: told_daily
UPDATE subscription SET daily_through = %(moment)s
WHERE id = %(id)s AND coalesce(daily_through, created_at) < %(moment)s

-- name: told_weekly
UPDATE subscription SET weekly_through = %(moment)s
WHERE id = %(id)s AND coalesce(weekly_through, created_at) < %(moment)s

-- name: area
SELECT code AS area FROM area WHERE code = %(area)s
