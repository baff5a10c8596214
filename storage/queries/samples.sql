-- Which sample each result is of. What holds of a sample, or of a result's links, is the highest revision; of two with
-- one number the later one, by time and then by id: the same whatever came first.

-- name: lock
-- Whoever brings links or samples waits for all others of its station, and they for it: of a result and its link that
-- come at once, one sees the other.
SELECT CASE WHEN alone THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
FROM (
    SELECT hashtextextended('samples/' || station, 0) AS key, alone
    FROM unnest(%(stations)b::text[], %(alone)b::bool[]) AS wanted (station, alone) ORDER BY station
) AS ordered

-- name: keep_samples
INSERT INTO sample_now (station, key, event, recorded_at, revision, number, code, commodity, category, stall, vendor,
    licence, supplier, origin_place, lot)
SELECT DISTINCT ON (station, key) station, key, event, recorded_at, revision, number, code, commodity, category, stall,
    vendor, licence, supplier, origin_place, lot
FROM sample JOIN unnest(%(events)b::uuid[], %(times)b::timestamptz[]) AS fresh (event, recorded_at)
    USING (event, recorded_at)
WHERE key IS NOT NULL
ORDER BY station, key, revision DESC, recorded_at DESC, event DESC
ON CONFLICT (station, key) DO UPDATE SET event = excluded.event, recorded_at = excluded.recorded_at,
    revision = excluded.revision, number = excluded.number, code = excluded.code, commodity = excluded.commodity,
    category = excluded.category, stall = excluded.stall, vendor = excluded.vendor, licence = excluded.licence,
    supplier = excluded.supplier, origin_place = excluded.origin_place, lot = excluded.lot
WHERE (excluded.revision, excluded.recorded_at, excluded.event)
    > (sample_now.revision, sample_now.recorded_at, sample_now.event)
RETURNING station, key

-- name: links_before
SELECT station, result, sample FROM link_now
WHERE (station, result) IN (SELECT * FROM unnest(%(station)b::text[], %(result)b::uuid[]))

-- name: keep_links
INSERT INTO link_now (station, result, event, recorded_at, revision, sample, rule, who)
SELECT DISTINCT ON (station, result) station, result, event, recorded_at, revision, sample, rule, who
FROM link JOIN unnest(%(events)b::uuid[], %(times)b::timestamptz[]) AS fresh (event, recorded_at)
    USING (event, recorded_at)
ORDER BY station, result, revision DESC, recorded_at DESC, event DESC
ON CONFLICT (station, result) DO UPDATE SET event = excluded.event, recorded_at = excluded.recorded_at,
    revision = excluded.revision, sample = excluded.sample, rule = excluded.rule, who = excluded.who
WHERE (excluded.revision, excluded.recorded_at, excluded.event)
    > (link_now.revision, link_now.recorded_at, link_now.event)
RETURNING station, result

-- name: join_results
-- Results of this batch that a link names: by the id of their event, or by the id that it had first.
UPDATE link_now SET of_event = fresh.event, of_recorded_at = fresh.recorded_at
FROM unnest(%(station)b::text[], %(said)b::uuid[], %(event)b::uuid[], %(recorded_at)b::timestamptz[])
    AS fresh (station, said, event, recorded_at)
WHERE link_now.station = fresh.station AND link_now.result = fresh.said AND link_now.of_event IS NULL
RETURNING link_now.station, link_now.result

-- name: find_results
-- Results that were there before: under their own id, folded into another one, or recorded again in a later stream.
UPDATE link_now SET of_event = found.event, of_recorded_at = found.recorded_at
FROM (
    SELECT named.station, named.result, result.event, result.recorded_at
    FROM (
        SELECT link_now.station, link_now.result, coalesce(
            (SELECT into_event FROM folded WHERE folded.event = link_now.result),
            (SELECT id FROM event WHERE event.id = link_now.result),
            (SELECT claim.event FROM claim
             WHERE claim.station = link_now.station AND claim.mark = uuid_send(link_now.result))) AS id
        FROM link_now
        WHERE of_event IS NULL
            AND (station, result) IN (SELECT * FROM unnest(%(station)b::text[], %(result)b::uuid[]))
    ) AS named
    CROSS JOIN LATERAL (
        SELECT recorded_at FROM event WHERE event.id = named.id
        UNION ALL SELECT recorded_at FROM disputed WHERE disputed.id = named.id LIMIT 1
    ) AS place
    JOIN result ON result.event = named.id AND result.recorded_at = place.recorded_at
        AND result.station = named.station
    WHERE result.role = 'sample'
) AS found
WHERE link_now.station = found.station AND link_now.result = found.result

-- name: ties
-- The results of the links that changed, and of the samples that did, each with what holds of it now.
SELECT link_now.station, link_now.result, link_now.of_event, link_now.of_recorded_at, link_now.sample, link_now.rule,
    coalesce(nullif(sample_now.number, ''), result.sample), coalesce(nullif(sample_now.commodity, ''), result.commodity),
    coalesce(sample_now.stall, ''), coalesce(sample_now.vendor, ''),
    coalesce(sample_now.supplier, ''), coalesce(sample_now.lot, ''), coalesce(sample_now.origin_place, ''),
    result.item_name
FROM link_now
JOIN result ON result.event = link_now.of_event AND result.recorded_at = link_now.of_recorded_at
LEFT JOIN sample_now ON sample_now.station = link_now.station AND sample_now.key = link_now.sample
WHERE (link_now.station, link_now.result) IN (SELECT * FROM unnest(%(station)b::text[], %(result)b::uuid[]))
    OR (link_now.station, link_now.sample) IN (SELECT * FROM unnest(%(sample_station)b::text[], %(sample)b::uuid[]))

-- name: recount
-- What the rows say of each sample that may have gained or lost a test: NULL where none of its day is left. As
-- rebuild.sql counts.
WITH zone AS (
    SELECT zone, CASE WHEN row_number() OVER (ORDER BY since) = 1 THEN '-infinity' ELSE since END AS since,
        lead(since, 1, 'infinity') OVER (ORDER BY since) AS until
    FROM district_zone
), moved AS (
    SELECT DISTINCT (result.recorded_at AT TIME ZONE zone)::date AS day, result.station, key
    FROM unnest(%(event)b::uuid[], %(recorded_at)b::timestamptz[], %(before)b::uuid[], %(after)b::uuid[])
        AS said (event, recorded_at, before, after)
    JOIN result USING (event, recorded_at) JOIN zone ON received_at >= since AND received_at < until
    CROSS JOIN LATERAL (VALUES (said.before::text), (said.after::text),
        (CASE WHEN sample = '' THEN result.event::text ELSE device || '/' || sample || '/' || commodity END))
        AS keys (key)
    WHERE key IS NOT NULL
), counted AS (
    SELECT each.day, each.station, each.key, bool_or(is_failed) AS is_failed
    FROM (
        SELECT days.day, result.station, verdict = 'fail' AS is_failed, coalesce(link_now.sample::text,
            CASE WHEN result.sample = '' THEN result.event::text
            ELSE device || '/' || result.sample || '/' || commodity END) AS key
        FROM (SELECT DISTINCT day, station FROM moved) AS days
        JOIN result ON result.station = days.station
            AND result.recorded_at >= days.day - 2 AND result.recorded_at < days.day + 3
        JOIN zone ON received_at >= since AND received_at < until
        LEFT JOIN link_now ON link_now.station = result.station AND link_now.of_event = result.event
        WHERE role = 'sample' AND (result.recorded_at AT TIME ZONE zone)::date = days.day
    ) AS each
    JOIN moved ON (moved.day, moved.station, moved.key) = (each.day, each.station, each.key)
    GROUP BY 1, 2, 3
)
SELECT day, station, key, is_failed FROM moved LEFT JOIN counted USING (day, station, key) ORDER BY day, station, key

-- name: uncount
DELETE FROM daily_sample USING unnest(%(day)b::date[], %(station)b::text[], %(sample)b::text[])
    AS gone (day, station, sample)
WHERE (daily_sample.day, daily_sample.station, daily_sample.sample) = (gone.day, gone.station, gone.sample)
RETURNING daily_sample.day, daily_sample.station, -1, -daily_sample.is_failed::int

-- name: count_again
INSERT INTO daily_sample (day, station, sample, is_failed)
SELECT * FROM unnest(%(day)b::date[], %(station)b::text[], %(sample)b::text[], %(is_failed)b::bool[])
ON CONFLICT (day, station, sample) DO UPDATE SET is_failed = excluded.is_failed
WHERE excluded.is_failed <> daily_sample.is_failed
RETURNING day, station, (xmax = 0)::int,
    CASE WHEN is_failed THEN 1 WHEN xmax = 0 THEN 0 ELSE -1 END

-- name: live_of_samples
-- Alerts that tell of the same sample and item already: a second test joins the first one's.
SELECT DISTINCT ON (rule, station, item, registered) rule, station, item, registered, key FROM alert
WHERE (station, registered) IN (SELECT * FROM unnest(%(station)b::text[], %(sample)b::uuid[]))
    AND rule IN ('failed_test', 'verdicts_disagree') AND state IN ('open', 'acknowledged', 'in_progress')
ORDER BY rule, station, item, registered, opened_at

-- name: alerts_of
SELECT id, rule, state, severity, opened_at, event, key FROM alert
WHERE event = ANY (%(events)b::uuid[]) AND rule IN ('failed_test', 'verdicts_disagree')
ORDER BY key FOR NO KEY UPDATE

-- name: name_sample
UPDATE alert SET sample = new.sample, commodity = new.commodity, stall = new.stall, vendor = new.vendor,
    supplier = new.supplier, registered = new.registered, updated_at = %(now)b,
    facts = (alert.facts - ARRAY['stall', 'vendor', 'supplier', 'lot', 'origin_place', 'linked_by']) || new.facts::jsonb
FROM unnest(%(id)b::uuid[], %(sample)b::text[], %(commodity)b::text[], %(stall)b::text[], %(vendor)b::text[],
    %(supplier)b::text[], %(registered)b::uuid[], %(facts)b::text[])
    AS new (id, sample, commodity, stall, vendor, supplier, registered, facts)
WHERE alert.id = new.id

-- name: rebuild_lock
LOCK TABLE link_now, sample_now IN SHARE ROW EXCLUSIVE MODE

-- name: forget_links
-- They are made again from the rows: only what was retired stays.
DELETE FROM link_now WHERE recorded_at >= %(since)s

-- name: forget_samples
DELETE FROM sample_now WHERE recorded_at >= %(since)s

-- name: all_samples
SELECT event, recorded_at FROM sample WHERE key IS NOT NULL

-- name: all_links
SELECT event, recorded_at FROM link

-- name: open_links
-- Those whose result is not found.
SELECT station, result FROM link_now WHERE of_event IS NULL

-- name: wrong_samples
-- Samples of which something else is kept than the rows say.
WITH said AS (
    SELECT DISTINCT ON (station, key) station, key, event, revision, number, code, commodity, category, stall, vendor,
        licence, supplier, origin_place, lot
    FROM sample WHERE key IS NOT NULL ORDER BY station, key, revision DESC, recorded_at DESC, event DESC
)
SELECT coalesce(said.station, kept.station), coalesce(said.key, kept.key)
FROM said FULL JOIN sample_now AS kept ON said.station = kept.station AND said.key = kept.key
WHERE (said.event, said.revision, said.number, said.code, said.commodity, said.category, said.stall, said.vendor,
        said.licence, said.supplier, said.origin_place, said.lot)
    IS DISTINCT FROM (kept.event, kept.revision, kept.number, kept.code, kept.commodity, kept.category, kept.stall,
        kept.vendor, kept.licence, kept.supplier, kept.origin_place, kept.lot)
    AND coalesce(kept.recorded_at, 'infinity') >= %(since)s
ORDER BY 1, 2

-- name: wrong_links
WITH said AS (
    SELECT DISTINCT ON (station, result) station, result, event, revision, sample, rule, who
    FROM link ORDER BY station, result, revision DESC, recorded_at DESC, event DESC
)
SELECT coalesce(said.station, kept.station), coalesce(said.result, kept.result)
FROM said FULL JOIN link_now AS kept ON said.station = kept.station AND said.result = kept.result
WHERE (said.event, said.revision, said.sample, said.rule, said.who)
    IS DISTINCT FROM (kept.event, kept.revision, kept.sample, kept.rule, kept.who)
    AND coalesce(kept.recorded_at, 'infinity') >= %(since)s
ORDER BY 1, 2
