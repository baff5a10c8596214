-- What stations use of their budgets. Rows of `budget` are locked after all others, by station, hour and kind.

-- name: now
SELECT now()

-- name: used
SELECT station, kind, used FROM budget WHERE hour = %(hour)s

-- name: spend
INSERT INTO budget (station, hour, kind, used, above)
SELECT station, %(hour)b::timestamptz, kind, used, above
FROM unnest(%(station)b::text[], %(kind)b::text[], %(used)b::int8[], %(above)b::int8[])
    AS new (station, kind, used, above)
ORDER BY station, kind
ON CONFLICT (station, hour, kind) DO UPDATE SET used = budget.used + excluded.used,
    above = budget.above + excluded.above

-- name: over
-- Live alerts of stations above their budgets, with what stayed out since `since`, by kind; NULL: nothing.
SELECT alert.id, alert.station, alert.severity, alert.opened_at, alert.facts, said.above
FROM alert
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(kind, above) AS above FROM (
        SELECT kind, sum(above)::int8 AS above FROM budget
        WHERE budget.station = alert.station AND hour >= %(since)b AND above > 0 AND NOT starts_with(kind, 'alerts/')
        GROUP BY kind
    ) AS kinds
) AS said ON true
WHERE alert.rule = 'over_budget' AND alert.state IN ('open', 'acknowledged', 'in_progress')
ORDER BY alert.key FOR NO KEY UPDATE OF alert

-- name: unsaid
-- Stations of which something stayed out, and no live alert says so: what the server counted.
SELECT station, jsonb_object_agg(kind, above) FROM (
    SELECT station, kind, sum(above)::int8 AS above FROM budget
    WHERE hour >= %(since)b AND above > 0 AND NOT starts_with(kind, 'alerts/') GROUP BY station, kind
) AS said
WHERE NOT EXISTS (
    SELECT FROM alert WHERE alert.key = 'over_budget/' || said.station
        AND (alert.state IN ('open', 'acknowledged', 'in_progress') OR alert.updated_at >= %(since)b))
GROUP BY station ORDER BY station

-- name: note_facts
UPDATE alert SET facts = %(facts)b::jsonb WHERE id = %(id)b

-- name: forget
DELETE FROM budget WHERE hour < %(before)b

-- name: cut_old
-- Of refused messages that are old, the beginning is kept.
UPDATE quarantine SET size = octet_length(body), body = substring(body FROM 1 FOR %(head)b), is_cut = true
WHERE id IN (
    SELECT id FROM quarantine WHERE NOT is_cut AND received_at < %(before)b
    ORDER BY received_at LIMIT %(most)b FOR UPDATE SKIP LOCKED)

-- name: note_folded
-- One alert counts what came above a budget, and lists the first of it. Its row is locked: it was opened or joined now.
UPDATE alert SET facts = facts || jsonb_build_object(
    'folded', coalesce((facts ->> 'folded')::int8, 0) + %(count)b,
    'listed', (
        SELECT coalesce(jsonb_agg(line ORDER BY place), '[]') FROM (
            SELECT line, place FROM jsonb_array_elements(facts -> 'listed') WITH ORDINALITY AS known (line, place)
            UNION ALL
            SELECT to_jsonb(line), 1000000 + place FROM unnest(%(lines)b::text[]) WITH ORDINALITY AS new (line, place)
            ORDER BY place LIMIT %(most)b
        ) AS listed),
    'told', CASE WHEN facts ? 'told_at' THEN facts -> 'told' ELSE to_jsonb(%(count)b::int8) END,
    'told_at', coalesce(facts -> 'told_at', to_jsonb(%(now)b::timestamptz)))
WHERE key = %(key)b AND state IN ('open', 'acknowledged', 'in_progress')

-- name: grown
-- Live alerts that hold more than what was told of them, and the number of the next telling. They take in what came
-- within one hour, so older ones grow no more.
UPDATE alert SET facts = facts || jsonb_build_object('told', facts -> 'folded', 'told_at', to_jsonb(%(now)b::timestamptz))
WHERE opened_at > %(now)b::timestamptz - interval '3 hours' AND state IN ('open', 'acknowledged', 'in_progress') AND facts ? 'told_at'
    AND (facts ->> 'folded')::int8 > (facts ->> 'told')::int8
    AND (facts ->> 'told_at')::timestamptz <= %(now)b::timestamptz - make_interval(secs => %(after_s)b)
RETURNING id, (SELECT coalesce(max(edition), 0) + 1 FROM delivery WHERE delivery.alert = alert.id)
