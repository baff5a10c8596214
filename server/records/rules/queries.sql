-- name: now
SELECT now() AS at

-- name: used
-- How often each rule raised an alert within the last 30 days.
SELECT rule, count(*) AS alerts, max(opened_at) AS last_at FROM alert
WHERE opened_at > now() - interval '30 days' GROUP BY rule
