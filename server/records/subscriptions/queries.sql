-- name: list
SELECT s.id, s.name, s.channel, s.address, s.areas, s.stations, s.rules, s.severities, s.language, s.is_enabled,
       s.ended_for, s.created_at,
       d.waiting, d.failed
FROM subscription s
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                           count(*) FILTER (WHERE state = 'failed') AS failed
                    FROM delivery WHERE subscription = s.id AND created_at > now() - interval '7 days') d
WHERE {where}

-- name: create
INSERT INTO subscription (id, name, channel, address, secret, language, areas, stations, rules, severities)
VALUES (%(id)s, %(name)s, %(channel)s, %(address)s, %(secret)s, %(language)s, %(areas)s, %(stations)s, %(rules)s,
    %(severities)s)

-- name: disable
UPDATE subscription SET is_enabled = false WHERE id = %(id)s AND is_enabled

-- name: unknown
-- What a filter names and is not there: a typing error would otherwise mean silence for ever.
SELECT name FROM unnest(%(stations)s::text[]) AS name WHERE name NOT IN (SELECT station.name FROM station)
UNION ALL
SELECT code FROM unnest(%(areas)s::text[]) AS code WHERE code NOT IN (SELECT area.code FROM area)
