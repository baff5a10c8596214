-- name: list
SELECT d.id, d.title, d.station, d.plays, d.author, d.alert, d.started_at, d.ended_at, d.ended_by
FROM drill d
WHERE {where}

-- name: create
INSERT INTO drill (id, title, station, plays, author, account, alert)
SELECT %(id)s, %(title)s, %(station)s, %(plays)s, %(author)s, %(account)s, a.id FROM alert a WHERE a.key = %(key)s

-- name: end
UPDATE drill SET ended_at = now(), ended_by = %(by)s WHERE id = %(id)s AND ended_at IS NULL

-- name: station
SELECT name FROM station WHERE name = %(station)s

-- name: live
SELECT id, severity, opened_at, station FROM alert WHERE id = %(alert)s AND state NOT IN ('resolved', 'closed')
FOR NO KEY UPDATE

-- name: told
-- Who was told when, or why not; seconds from the opening of the alert.
SELECT s.name AS subscription, p.name AS account, s.channel, d.occasion, d.state,
       (SELECT min(at) FROM delivery_attempt t WHERE t.delivery = d.id AND t.outcome = 'delivered') AS delivered_at,
       extract(epoch FROM (SELECT min(at) FROM delivery_attempt t WHERE t.delivery = d.id AND t.outcome = 'delivered')
           - a.opened_at)::float8 AS after_s,
       ARRAY(SELECT reason FROM routing_decision r WHERE r.delivery = d.id ORDER BY r.at) AS reasons
FROM delivery d
JOIN alert a ON a.id = d.alert
JOIN subscription s ON s.id = d.subscription
LEFT JOIN account p ON p.id = s.account
WHERE d.alert = %(alert)s
ORDER BY d.created_at, s.name, d.id

-- name: steps
SELECT t.at, t.action, t.actor, t.note, extract(epoch FROM t.at - a.opened_at)::float8 AS after_s
FROM alert_step t JOIN alert a ON a.id = t.alert
WHERE t.alert = %(alert)s ORDER BY t.position
