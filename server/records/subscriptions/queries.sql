-- name: list
-- `owner`: none but his; `me`: whose own ones are within reach, wherever they lie.
SELECT s.id, s.name, p.account_name AS account, s.channel, s.address, s.areas, s.stations, s.rules, s.items, s.commodities,
       s.severities, s.condition, s.tells, s.hours, s.digest_at, s.language, s.may_acknowledge, s.paused_until, s.confirmed_at,
       s.is_enabled AND s.confirmed_at IS NOT NULL AND (s.paused_until IS NULL OR s.paused_until <= now())
           AND coalesce(p.has_account, true) AND coalesce(d.is_arriving, true) AS is_working,
       s.is_enabled, s.ended_for, s.created_at, d.waiting, d.failed
FROM subscription s
LEFT JOIN LATERAL (SELECT name AS account_name, is_enabled AS has_account FROM account WHERE id = s.account) p ON true
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                           count(*) FILTER (WHERE state = 'failed') AS failed,
                           (array_agg(state = 'delivered' ORDER BY finished_at DESC)
                               FILTER (WHERE state IN ('delivered', 'failed')))[1] AS is_arriving
                    FROM delivery WHERE subscription = s.id AND created_at > now() - interval '7 days') d
WHERE (%(owner)s::uuid IS NULL OR s.account = %(owner)s) AND (%(me)s::uuid IS NULL OR true) AND {where}

-- name: account
SELECT id FROM account WHERE lower(name) = lower(%(name)s) AND is_enabled

-- name: create
INSERT INTO subscription (id, name, account, channel, address, secret, language, areas, stations, rules, items,
    commodities, severities, condition, tells, hours, digest_at, may_acknowledge)
VALUES (%(id)s, %(name)s, %(account)s, %(channel)s, %(address)s, %(secret)s, %(language)s, %(areas)s, %(stations)s,
    %(rules)s, %(items)s, %(commodities)s, %(severities)s, %(condition)s, %(tells)s, %(hours)s,
    %(digest_at)s, %(may_acknowledge)s)

-- name: change
UPDATE subscription SET name = %(name)s, language = %(language)s, areas = %(areas)s, stations = %(stations)s,
    rules = %(rules)s, items = %(items)s, commodities = %(commodities)s, severities = %(severities)s,
    condition = %(condition)s, tells = %(tells)s, hours = %(hours)s, digest_at = %(digest_at)s, may_acknowledge = %(may_acknowledge)s
WHERE id = %(id)s

-- name: disable
UPDATE subscription SET is_enabled = false WHERE id = %(id)s AND is_enabled

-- name: pause
UPDATE subscription SET paused_until = %(until)s WHERE id = %(id)s

-- name: begin_test
UPDATE subscription SET test_hash = %(hash)s, tested_at = now(), test_tries = 0
WHERE id = %(id)s AND (tested_at IS NULL OR tested_at <= now() - interval '20 seconds' OR tested_at > now())

-- name: confirm
UPDATE subscription SET confirmed_at = now(), test_hash = NULL
WHERE id = %(id)s AND test_hash = %(hash)s AND test_tries < 5 AND tested_at > now() - interval '1 hour'

-- name: wrong_code
UPDATE subscription SET test_tries = test_tries + 1 WHERE id = %(id)s AND test_hash IS DISTINCT FROM %(hash)s

-- name: unknown
-- What a filter names and is not there: a typing error would otherwise mean silence for ever.
SELECT 'stations' AS place, name FROM unnest(%(stations)s::text[]) AS name
WHERE name NOT IN (SELECT station.name FROM station)
UNION ALL
SELECT 'areas', code FROM unnest(%(areas)s::text[]) AS code WHERE code NOT IN (SELECT area.code FROM area)
UNION ALL
SELECT 'items', item FROM unnest(%(items)s::text[]) AS item WHERE item NOT IN (SELECT analyte_limit.item FROM analyte_limit)
UNION ALL
-- A rule that was removed may have left alerts.
SELECT 'rules', named FROM unnest(%(rules)s::text[]) AS named
WHERE NOT EXISTS (SELECT FROM alert_rule WHERE name = named) AND NOT EXISTS (SELECT FROM alert WHERE rule = named)
