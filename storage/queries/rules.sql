-- Rules as data (storage/rules/).

-- name: version
SELECT max(version) FROM alert_rule_history

-- name: rules
SELECT name, body::text, version FROM alert_rule ORDER BY name

-- name: titles
-- Of rules that were removed too: their alerts stay.
SELECT DISTINCT ON (name) name, body -> 'title' ->> 'en', body -> 'title' ->> 'zh' FROM alert_rule_history
WHERE body -> 'title' ->> 'en' IS NOT NULL AND body -> 'title' ->> 'zh' IS NOT NULL
ORDER BY name, version DESC

-- name: rule
SELECT name, body::text, version FROM alert_rule WHERE name = %(name)b FOR UPDATE

-- name: change
UPDATE alert_rule SET body = %(body)b::text::jsonb WHERE name = %(name)b RETURNING version

-- name: add
-- No ON CONFLICT: its trigger would write an entry of the history for the row that is there, too.
INSERT INTO alert_rule (name, body) VALUES (%(name)b, %(body)b::text::jsonb) RETURNING version

-- name: remove
DELETE FROM alert_rule WHERE name = %(name)b RETURNING name

-- name: lock
-- One writer at a time: versions are seen in their order.
SELECT pg_advisory_xact_lock(%(key)b)

-- name: faults
SELECT rule, failures, error, at, off_at FROM alert_rule_fault ORDER BY rule

-- name: off
SELECT rule FROM alert_rule_fault WHERE off_at IS NOT NULL

-- name: unknown
SELECT name FROM unnest(%(stations)b::text[]) AS name WHERE name NOT IN (SELECT station.name FROM station)
UNION ALL
SELECT code FROM unnest(%(areas)b::text[]) AS code WHERE code NOT IN (SELECT area.code FROM area)

-- name: note_faults
INSERT INTO alert_rule_fault (rule, failures, error, event, at, off_at)
SELECT rule, failures, error, event, %(now)b::timestamptz, CASE WHEN failures >= %(most)b THEN %(now)b::timestamptz END
FROM unnest(%(rule)b::text[], %(failures)b::int8[], %(error)b::text[], %(event)b::uuid[])
    AS new (rule, failures, error, event)
ORDER BY rule
ON CONFLICT (rule) DO UPDATE SET failures = alert_rule_fault.failures + excluded.failures, error = excluded.error,
    event = excluded.event, at = excluded.at,
    off_at = coalesce(alert_rule_fault.off_at,
        CASE WHEN alert_rule_fault.failures + excluded.failures >= %(most)b THEN excluded.at END)
RETURNING rule, failures, error, event, off_at = %(now)b::timestamptz

-- name: places
-- Every station with its kind, its own area and all above.
WITH RECURSIVE up (station, kind, standing, area, depth) AS (
    SELECT name, kind, standing, area, 0 FROM station
    UNION ALL
    SELECT up.station, up.kind, up.standing, area.parent, up.depth + 1 FROM up JOIN area ON area.code = up.area
    WHERE up.depth < 32
)
SELECT station, kind, coalesce(array_agg(area ORDER BY depth) FILTER (WHERE area IS NOT NULL), '{}'),
    standing = 'enrolled'
FROM up GROUP BY station, kind, standing

-- name: watched
-- Rules whose episodes the watch keeps, and that are none of the system.
SELECT DISTINCT rule FROM watch WHERE rule <> ALL (%(system)s::text[])

-- name: add_changes
INSERT INTO state_change (station, device, at, event)
SELECT * FROM unnest(%(station)b::text[], %(device)b::text[], %(at)b::timestamptz[], %(event)b::uuid[])

-- name: trouble_began
INSERT INTO camera_trouble (station, key, device, kind, zone, at, event, evidence)
SELECT DISTINCT ON (station, key) * FROM unnest(%(station)b::text[], %(key)b::uuid[], %(device)b::text[], %(kind)b::text[],
    %(zone)b::text[], %(at)b::timestamptz[], %(event)b::uuid[], %(evidence)b::text[])
    AS new (station, key, device, kind, zone, at, event, evidence)
-- An update that is older than the end, which has come by another way.
WHERE NOT EXISTS (SELECT FROM camera_event AS e WHERE e.key = new.key AND e.station = new.station AND e.phase = 'end')
ORDER BY station, key
ON CONFLICT (station, key) DO NOTHING

-- name: trouble_ended
DELETE FROM camera_trouble WHERE (station, key) IN (SELECT * FROM unnest(%(station)b::text[], %(key)b::uuid[]))

-- name: troubles
-- With the number of changes of the camera's state within the last hour.
SELECT t.station, t.key, t.device, t.kind, t.zone, t.event, t.evidence, (
    SELECT count(*) FROM state_change AS c
    WHERE c.station = t.station AND c.device = t.device AND c.at > now() - interval '1 hour')
FROM camera_trouble AS t JOIN station ON station.name = t.station AND station.standing = 'enrolled'
ORDER BY t.station, t.device, t.key
