-- name: list
SELECT s.id, s.kind, s.areas, s.stations, s.devices, s.rules, s.items, s.reason, s.author, s.starts_at, s.ends_at,
       s.created_at, s.ended_at, s.ended_by,
       s.ended_at IS NULL AND s.starts_at <= now() AND s.ends_at > now() AS is_active,
       (SELECT count(*) FROM routing_decision r WHERE r.reason = 'silenced' AND r.facts ->> 'id' = s.id::text) AS held
FROM silence s
WHERE {where}

-- name: create
INSERT INTO silence (id, kind, areas, stations, devices, rules, items, reason, author, account, starts_at, ends_at)
VALUES (%(id)s, %(kind)s, %(areas)s, %(stations)s, %(devices)s, %(rules)s, %(items)s, %(reason)s, %(author)s,
    %(account)s, coalesce(%(starts_at)s, now()), %(ends_at)s)

-- name: end
UPDATE silence SET ended_at = now(), ended_by = %(by)s WHERE id = %(id)s AND ended_at IS NULL AND ends_at > now()
