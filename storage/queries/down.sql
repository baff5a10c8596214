-- The document of a station: what concerns it, by name or by an area above it.

-- name: station
SELECT name, area, public_key, now() FROM station WHERE name = %(station)s AND standing = 'enrolled'

-- name: areas
WITH RECURSIVE above (code) AS (
    SELECT code FROM area WHERE code = (SELECT area FROM station WHERE name = %(station)s)
    UNION SELECT area.parent FROM area JOIN above ON area.code = above.code WHERE area.parent IS NOT NULL
)
SELECT coalesce(array_agg(code), '{}') FROM above

-- name: foods
SELECT code, name, parent, name_en, aliases, pinyin FROM food WHERE ended_on IS NULL OR ended_on > %(today)s ORDER BY code

-- name: businesses
SELECT code, name, stall, licence, pinyin FROM business
WHERE (station = %(station)s OR (station = '' AND (area = '' OR area = ANY (%(areas)s))))
    AND (ended_on IS NULL OR ended_on > %(today)s)
ORDER BY code

-- name: tasks
SELECT code, food, item, wanted, first_day, last_day, note FROM sampling_task
WHERE (station = %(station)s OR (station = '' AND (area = '' OR area = ANY (%(areas)s))))
    AND (ended_on IS NULL OR ended_on > %(today)s) AND last_day >= %(today)s
ORDER BY code

-- name: operators
SELECT code, name, pin FROM operator
WHERE (station = %(station)s OR (station = '' AND (area = '' OR area = ANY (%(areas)s))))
    AND (ended_on IS NULL OR ended_on > %(today)s)
ORDER BY code

-- name: cameras
SELECT DISTINCT ON (camera) camera, version, layout FROM camera_layout WHERE station = %(station)s
ORDER BY camera, version DESC

-- name: limits
SELECT code, item, commodity, standard, is_only_for_standard, comparison, value, unit, valid_from, valid_to, source
FROM analyte_limit ORDER BY code

-- name: limits_version
SELECT coalesce(max(id), 0)::text FROM analyte_limit_history

-- name: lots
-- What other stations found of the lots that this one has registered, and of those that its suppliers have brought to them.
-- Every sample by its newest test of each item.
WITH own AS MATERIALIZED (
    SELECT DISTINCT commodity, lot, supplier FROM sample_now
    WHERE station = %(station)s AND recorded_at >= %(since)s AND (lot <> '' OR supplier <> '')
), theirs AS MATERIALIZED (
    SELECT station, key, commodity, lot, supplier FROM sample_now AS there
    WHERE station <> %(station)s AND recorded_at >= %(since)s AND commodity <> '' AND lot <> ''
        AND lot IN (SELECT lot FROM own WHERE lot <> '')
        AND EXISTS (SELECT FROM own WHERE own.lot = there.lot AND own.commodity = there.commodity
            AND (own.supplier = there.supplier OR own.supplier = '' OR there.supplier = ''))
    UNION
    SELECT station, key, commodity, lot, supplier FROM sample_now
    WHERE station <> %(station)s AND recorded_at >= %(since)s AND commodity <> '' AND lot <> ''
        AND supplier <> '' AND supplier IN (SELECT supplier FROM own WHERE supplier <> '')
), tests AS (
    SELECT DISTINCT ON (theirs.station, theirs.key, result.item) theirs.*, result.recorded_at,
        result.verdict = 'pass' AS has_passed,
        EXISTS (SELECT FROM handling WHERE handling.station = theirs.station AND handling.result = link_now.result
            AND handling.step = 'retest') AS waits
    FROM theirs JOIN link_now ON link_now.station = theirs.station AND link_now.sample = theirs.key
    JOIN result ON result.event = link_now.of_event AND result.recorded_at = link_now.of_recorded_at
    WHERE NOT EXISTS (SELECT FROM voided WHERE voided.event = result.event)
    ORDER BY theirs.station, theirs.key, result.item, result.recorded_at DESC, result.event DESC
)
SELECT lot, commodity, supplier, tests.station, station.title, station.title_en, count(DISTINCT key),
    CASE WHEN bool_and(has_passed) THEN 'passed' WHEN bool_and(has_passed OR waits) THEN 'retesting'
        ELSE 'tested' END,
    (max(recorded_at) AT TIME ZONE %(zone)s)::date
FROM tests JOIN station ON station.name = tests.station
GROUP BY lot, commodity, supplier, tests.station, station.title, station.title_en
ORDER BY max(recorded_at) DESC, tests.station, lot, commodity, supplier LIMIT %(most)s

-- name: kept
SELECT version, content, body FROM station_document WHERE station = %(station)s FOR UPDATE

-- name: keep
INSERT INTO station_document (station, version, content, made_at, body)
VALUES (%(station)s, %(version)s, %(content)s, %(made_at)s, %(body)s)
ON CONFLICT (station) DO UPDATE SET version = excluded.version, content = excluded.content,
    made_at = excluded.made_at, body = excluded.body
