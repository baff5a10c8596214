-- name: list
SELECT a.id, a.rule, a.severity, a.state, a.station, a.device, a.item, a.sample, a.commodity, a.event, a.facts,
       a.opened_at, a.updated_at, d.waiting, d.failed, d.delivered
FROM alert a
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                           count(*) FILTER (WHERE state = 'failed') AS failed,
                           count(*) FILTER (WHERE state = 'delivered') AS delivered
                    FROM delivery WHERE alert = a.id) d
WHERE {where}

-- name: steps
-- Of an alert that tells of very many, what joined it last.
SELECT id, at, action, actor, note, code, facts, event FROM (
    (SELECT * FROM alert_step WHERE alert = %(id)s AND action <> 'joined' ORDER BY at DESC, id DESC LIMIT 500)
    UNION ALL
    (SELECT * FROM alert_step WHERE alert = %(id)s AND action = 'joined' ORDER BY at DESC, id DESC LIMIT 500)
) AS step ORDER BY at, id

-- name: deliveries
SELECT d.id, d.subscription, s.name, s.channel, d.state, d.attempts,
       CASE WHEN d.state = 'waiting' THEN d.next_attempt_at END AS next_attempt_at, d.created_at, d.finished_at,
       coalesce((SELECT jsonb_agg(to_jsonb(a) - 'delivery' ORDER BY a.attempt) FROM delivery_attempt a
                 WHERE a.delivery = d.id), '[]') AS receipts
FROM delivery d JOIN subscription s ON s.id = d.subscription
WHERE d.alert = %(id)s
ORDER BY d.created_at, d.id

-- name: lock
SELECT id, rule, severity, state, station, device, item, sample, commodity, facts, opened_at FROM alert
WHERE id = %(id)s FOR UPDATE

-- name: last_step
SELECT id, at, action, actor, note, code, facts, event FROM alert_step WHERE alert = %(id)s AND action = %(action)s
ORDER BY at DESC, id DESC LIMIT 1

-- name: move
UPDATE alert SET state = %(state)s, updated_at = now() WHERE id = %(id)s

-- name: add_step
INSERT INTO alert_step (id, alert, at, action, actor, note, code, facts)
VALUES (%(step)s, %(id)s, now(), %(action)s, %(actor)s, %(note)s, %(code)s, %(facts)s)
