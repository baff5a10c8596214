-- name: list
-- Each attempt to tell somebody of an alert.
SELECT t.at, t.delivery, t.attempt, d.alert, a.rule, a.severity, a.station, a.opened_at, d.subscription, s.name, s.channel,
       t.outcome, t.status, t.remote_id, t.code, t.together
FROM delivery_attempt t
JOIN delivery d ON d.id = t.delivery
JOIN alert a ON a.id = d.alert
JOIN subscription s ON s.id = d.subscription
WHERE {where}
