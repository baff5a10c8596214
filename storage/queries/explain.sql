-- Why an alert was raised, and who was told of it, or not (storage/explain.py).

-- name: alert
SELECT a.id, a.rule, a.severity, a.state, a.station, a.device, a.item, a.sample, a.commodity, a.opened_at, a.event,
    a.facts::text
FROM alert AS a WHERE a.id = %(id)b

-- name: event
SELECT id, type, station, coalesce(device, ''), recorded_at, received_at, stream, sequence FROM event WHERE id = %(id)b

-- name: version
-- The rule as it was when it raised the alert.
SELECT name, body::text, at FROM alert_rule_history WHERE version = %(version)b

-- name: first_step
SELECT note, code, facts::text FROM alert_step WHERE alert = %(id)b AND action = 'opened' ORDER BY at LIMIT 1

-- name: chosen
-- The deliveries, with the filters of each subscription that the alert passed.
WITH RECURSIVE place (area) AS (
    SELECT station.area FROM alert JOIN station ON station.name = alert.station WHERE alert.id = %(id)b
    UNION
    SELECT area.parent FROM place JOIN area ON area.code = place.area
)
SELECT d.id, s.id, s.name, s.channel, d.occasion, d.state, d.created_at, d.finished_at, d.next_attempt_at, d.late_s,
    array_remove(ARRAY[
        CASE WHEN s.areas <> '{}' THEN 'area ' || array_to_string(
            ARRAY(SELECT area FROM place WHERE area = ANY (s.areas)), ', ') END,
        CASE WHEN s.stations <> '{}' THEN 'station ' || a.station END,
        CASE WHEN s.rules <> '{}' THEN 'rule ' || coalesce(a.facts ->> 'drill_of', a.rule) END,
        CASE WHEN s.severities <> '{}' THEN 'severity ' || a.severity END,
        CASE WHEN s.items <> '{}' THEN 'item ' || a.item END,
        CASE WHEN s.commodities <> '{}' THEN 'commodity ' || a.commodity END,
        CASE WHEN s.condition <> '' THEN 'condition ' || s.condition END
    ], NULL) AS passed,
    coalesce((SELECT jsonb_agg(to_jsonb(t) - 'delivery' ORDER BY t.attempt) FROM delivery_attempt AS t
        WHERE t.delivery = d.id), '[]')::text AS attempts
FROM delivery AS d JOIN alert AS a ON a.id = d.alert JOIN subscription AS s ON s.id = d.subscription
WHERE d.alert = %(id)b
ORDER BY d.created_at, s.name, d.id

-- name: told
SELECT t.at, s.name, s.channel, t.outcome, a.rule, a.station, a.id, t.attempt, t.remote_id, t.code
FROM delivery_attempt t JOIN delivery d ON d.id = t.delivery JOIN alert a ON a.id = d.alert
JOIN subscription s ON s.id = d.subscription
WHERE t.at >= %(since)s ORDER BY t.at, t.delivery

-- name: facts
-- An alert as its messages have it.
SELECT jsonb_build_object(
           'id', a.id, 'rule', a.rule, 'severity', a.severity, 'state', a.state, 'station', a.station,
           'station_title', coalesce(t.title, ''), 'station_title_en', coalesce(t.title_en, ''),
           'device', a.device, 'item', a.item, 'sample', a.sample, 'commodity', a.commodity, 'event', a.event,
           'facts', a.facts, 'opened_at', a.opened_at, 'updated_at', a.updated_at) AS alert
FROM alert a LEFT JOIN station t ON t.name = a.station
WHERE a.id = %(id)s
