-- Typed rows that are taken away by age, and made again from the ledger.

-- name: retired
SELECT kind, day, before FROM retired

-- name: retire
INSERT INTO retired (kind, day, before, at) VALUES (%(kind)s, %(day)s, %(before)s, now())
ON CONFLICT (kind) DO UPDATE SET day = excluded.day, before = excluded.before, at = excluded.at
WHERE retired.before < excluded.before

-- name: bring_back
UPDATE retired SET day = %(day)s, before = %(before)s, at = now() WHERE kind = %(kind)s AND before > %(before)s

-- name: begins
-- When a day begins in a zone.
SELECT %(day)s::date::timestamp AT TIME ZONE %(zone)s

-- name: streams
SELECT id, station, highest FROM stream ORDER BY station, id

-- name: through
SELECT through FROM rebuilding WHERE task = %(task)s AND stream = %(stream)s

-- name: came_to
INSERT INTO rebuilding (task, stream, through) VALUES (%(task)s, %(stream)s, %(through)s)
ON CONFLICT (task, stream) DO UPDATE SET through = excluded.through

-- name: done
DELETE FROM rebuilding WHERE task = %(task)s

-- name: piece
-- The next events of a stream, whether each is folded into another one, and whether it is not understood yet.
SELECT event.sequence, event.body, event.received_at, folded.into_event IS NOT NULL,
    not_understood.event IS NOT NULL AND not_understood.understood_at IS NULL
FROM (
    SELECT * FROM event WHERE stream = %(stream)s AND sequence > %(after)s AND sequence <= %(last)s
    ORDER BY sequence LIMIT %(most)s
) AS event
LEFT JOIN folded ON folded.event = event.id
LEFT JOIN not_understood ON not_understood.event = event.id
ORDER BY event.sequence

-- name: disputed
SELECT disputed.id, disputed.body, disputed.received_at, folded.into_event IS NOT NULL
FROM disputed LEFT JOIN folded ON folded.event = disputed.id
WHERE disputed.stream = %(stream)s ORDER BY disputed.id

-- name: alike
-- The marks of likeness that events of others claimed first, as ingest/folding.py asks.
SELECT mark, event, stream, is_disputed FROM claim WHERE station = %(station)s AND mark = ANY (%(marks)s)

-- name: add_changes
INSERT INTO state_change (station, device, at, event)
SELECT * FROM unnest(%(station)s::text[], %(device)s::text[], %(at)s::timestamptz[], %(event)s::uuid[])
    AS new (station, device, at, event)
WHERE NOT EXISTS (SELECT FROM state_change AS there WHERE (there.station, there.device, there.at, there.event)
    = (new.station, new.device, new.at, new.event))

-- name: end_troubles
DELETE FROM camera_trouble AS trouble USING camera_event AS over
WHERE over.key = trouble.key AND over.station = trouble.station AND over.phase = 'end'

-- name: begin_troubles
INSERT INTO camera_trouble (station, key, device, kind, zone, at, event, evidence)
SELECT DISTINCT ON (station, key) station, key, device, kind, zone, recorded_at, event, evidence
FROM camera_event AS began
WHERE kind = ANY (%(kinds)s) AND phase <> 'end' AND NOT EXISTS (
    SELECT FROM camera_event AS over
    WHERE over.key = began.key AND over.station = began.station AND over.phase = 'end')
ORDER BY station, key, recorded_at, event
ON CONFLICT (station, key) DO NOTHING

-- name: folding_stations
SELECT DISTINCT station FROM stream WHERE folds

-- name: days
-- The days that may have results or counts.
SELECT least((SELECT min(recorded_at)::date FROM result), (SELECT min(day) FROM daily_result),
             (SELECT min(day) FROM daily_sample)),
    greatest((SELECT max(recorded_at)::date FROM result) + 1, (SELECT max(day) FROM daily_result),
             (SELECT max(day) FROM daily_sample))

-- name: lock_counts
-- Whoever counts has its rows and its counts in one transaction: while nobody counts, the committed rows are all of them.
LOCK TABLE daily_sample, daily_result, daily_station IN SHARE ROW EXCLUSIVE MODE

-- name: forget_tests
DELETE FROM daily_result WHERE day = %(day)s AND station <> ALL (%(skipped)s)

-- name: forget_samples
DELETE FROM daily_sample WHERE day = %(day)s AND station <> ALL (%(skipped)s)

-- name: forget_stations
DELETE FROM daily_station WHERE day = %(day)s AND station <> ALL (%(skipped)s)

-- name: count_tests
-- As ingest counts. `zone` of what was received from `since` on, until the next; two days around are all that a zone can
-- shift.
WITH zone AS (
    SELECT zone, since, lead(since, 1, 'infinity') OVER (ORDER BY since) AS until
    FROM unnest(%(since)s::timestamptz[], %(zone)s::text[]) AS said (since, zone)
)
INSERT INTO daily_result (day, station, item, verdict, tests)
SELECT %(day)s::date, station, item, verdict, count(*)
FROM result JOIN zone ON received_at >= since AND received_at < until
WHERE role = 'sample' AND recorded_at >= %(day)s::date - 2 AND recorded_at < %(day)s::date + 3
    AND (recorded_at AT TIME ZONE zone)::date = %(day)s::date AND station <> ALL (%(skipped)s)
GROUP BY station, item, verdict

-- name: count_samples
WITH zone AS (
    SELECT zone, since, lead(since, 1, 'infinity') OVER (ORDER BY since) AS until
    FROM unnest(%(since)s::timestamptz[], %(zone)s::text[]) AS said (since, zone)
)
INSERT INTO daily_sample (day, station, sample, is_failed)
SELECT %(day)s::date, result.station,
    coalesce(link_now.sample::text,
        CASE WHEN result.sample = '' THEN result.event::text
        ELSE device || '/' || result.sample || '/' || commodity END), bool_or(verdict = 'fail')
FROM result JOIN zone ON received_at >= since AND received_at < until
LEFT JOIN link_now ON link_now.station = result.station AND link_now.of_event = result.event
WHERE role = 'sample' AND result.recorded_at >= %(day)s::date - 2 AND result.recorded_at < %(day)s::date + 3
    AND (result.recorded_at AT TIME ZONE zone)::date = %(day)s::date AND result.station <> ALL (%(skipped)s)
GROUP BY 2, 3

-- name: count_stations
INSERT INTO daily_station (day, station, samples, failed)
SELECT day, station, count(*), count(*) FILTER (WHERE is_failed) FROM daily_sample
WHERE day = %(day)s AND station <> ALL (%(skipped)s) GROUP BY day, station
