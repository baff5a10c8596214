-- Rules over time (storage/rules/over_time.py): each statement returns the episodes that began in [since, until), and
-- those that go on at `until`: station, device, name, began, ended (NULL: it goes on), facts. `stations`: those that the
-- rule is for; `zone`: the district's. The watch asks with until = now, a dry run with each day of the past.

-- name: no_tests_by
SELECT s.name AS station, '' AS device, to_char(day.date, 'YYYY-MM-DD') AS name, day.due AS began,
    CASE WHEN first.at IS NOT NULL THEN first.at WHEN day.ends <= %(until)b::timestamptz THEN day.ends END AS ended,
    jsonb_build_object('by', %(by)b::text, 'day', to_char(day.date, 'YYYY-MM-DD'), 'first_at', first.at)::text AS facts
FROM unnest(%(stations)b::text[]) AS s (name)
CROSS JOIN (
    SELECT date, date AT TIME ZONE %(zone)b::text AS begins, (date + interval '1 day') AT TIME ZONE %(zone)b::text AS ends,
        (date + %(by)b::text::time) AT TIME ZONE %(zone)b::text AS due
    FROM generate_series(date_trunc('day', %(since)b::timestamptz AT TIME ZONE %(zone)b::text),
        %(until)b::timestamptz AT TIME ZONE %(zone)b::text, interval '1 day') AS date
    WHERE extract(isodow FROM date)::int = ANY (%(days)b::int[])
) AS day
CROSS JOIN LATERAL (
    SELECT min(recorded_at) AS at FROM result
    WHERE result.station = s.name AND recorded_at >= day.begins AND recorded_at < least(day.ends, %(until)b::timestamptz)
        AND role = 'sample'
) AS first
WHERE day.due >= %(since)b::timestamptz AND day.due <= %(until)b::timestamptz AND (first.at IS NULL OR first.at >= day.due)
ORDER BY began, station

-- name: silent_station
WITH day AS MATERIALIZED (
    SELECT (date + %(opens)b::text::time) AT TIME ZONE %(zone)b::text AS opens,
        least((date + %(closes)b::text::time) AT TIME ZONE %(zone)b::text, %(until)b::timestamptz) AS closes,
        (date + %(closes)b::text::time) AT TIME ZONE %(zone)b::text > %(until)b::timestamptz AS is_under_way
    FROM generate_series(date_trunc('day', %(since)b::timestamptz AT TIME ZONE %(zone)b::text),
        %(until)b::timestamptz AT TIME ZONE %(zone)b::text, interval '1 day') AS date
    WHERE extract(isodow FROM date)::int = ANY (%(days)b::int[])
), mark AS (
    SELECT s.name AS station, day.opens AS at, day.opens, day.closes, day.is_under_way
    FROM unnest(%(stations)b::text[]) AS s (name) CROSS JOIN day WHERE day.opens < day.closes
    UNION ALL
    SELECT result.station, result.recorded_at, day.opens, day.closes, day.is_under_way
    FROM day JOIN result ON result.recorded_at >= day.opens AND result.recorded_at < day.closes
    WHERE result.station = ANY (%(stations)b::text[])
), gap AS (
    SELECT *, lead(at) OVER (PARTITION BY station, opens ORDER BY at) AS next FROM mark
)
SELECT station, '' AS device, '' AS name, at + make_interval(secs => %(for_min)b * 60) AS began,
    CASE WHEN next IS NOT NULL THEN next WHEN NOT is_under_way THEN closes END AS ended,
    jsonb_build_object('last_at', at, 'minutes', round(extract(epoch FROM coalesce(next, closes) - at) / 60))::text AS facts
FROM gap
WHERE coalesce(next, closes) - at > make_interval(secs => %(for_min)b * 60)
    AND at + make_interval(secs => %(for_min)b * 60) >= %(since)b::timestamptz
ORDER BY began, station

-- name: silent_device
WITH day AS MATERIALIZED (
    SELECT (date + %(opens)b::text::time) AT TIME ZONE %(zone)b::text AS opens,
        least((date + %(closes)b::text::time) AT TIME ZONE %(zone)b::text, %(until)b::timestamptz) AS closes,
        (date + %(closes)b::text::time) AT TIME ZONE %(zone)b::text > %(until)b::timestamptz AS is_under_way
    FROM generate_series(date_trunc('day', %(since)b::timestamptz AT TIME ZONE %(zone)b::text),
        %(until)b::timestamptz AT TIME ZONE %(zone)b::text, interval '1 day') AS date
    WHERE extract(isodow FROM date)::int = ANY (%(days)b::int[])
), mark AS (
    SELECT device.station, device.name AS device, day.opens AS at, day.opens, day.closes, day.is_under_way
    FROM device CROSS JOIN day
    WHERE device.station = ANY (%(stations)b::text[]) AND device.last_result_at IS NOT NULL AND day.opens < day.closes
        AND (%(devices)b::text[] = '{}' OR device.name = ANY (%(devices)b::text[]))
    UNION ALL
    SELECT result.station, result.device, result.recorded_at, day.opens, day.closes, day.is_under_way
    FROM day JOIN result ON result.recorded_at >= day.opens AND result.recorded_at < day.closes
    WHERE result.station = ANY (%(stations)b::text[])
        AND (%(devices)b::text[] = '{}' OR result.device = ANY (%(devices)b::text[]))
), gap AS (
    SELECT *, lead(at) OVER (PARTITION BY station, device, opens ORDER BY at) AS next FROM mark
)
SELECT station, device, '' AS name, at + make_interval(secs => %(for_min)b * 60) AS began,
    CASE WHEN next IS NOT NULL THEN next WHEN NOT is_under_way THEN closes END AS ended,
    jsonb_build_object('last_at', at, 'minutes', round(extract(epoch FROM coalesce(next, closes) - at) / 60))::text AS facts
FROM gap
WHERE coalesce(next, closes) - at > make_interval(secs => %(for_min)b * 60)
    AND at + make_interval(secs => %(for_min)b * 60) >= %(since)b::timestamptz
ORDER BY began, station, device

-- name: failure_rate
-- At each full hour, and at `until`. Points in a row are one episode.
WITH point AS (
    SELECT at FROM generate_series(date_trunc('hour', %(since)b::timestamptz) + interval '1 hour', %(until)b::timestamptz, interval '1 hour') AS at
    UNION SELECT %(until)b::timestamptz
), rate AS (
    SELECT point.at, result.station, count(*) AS tests, count(*) FILTER (WHERE result.verdict = 'fail') AS failed
    FROM point JOIN result ON result.recorded_at > point.at - make_interval(secs => %(within_h)b * 3600)
        AND result.recorded_at <= point.at
    WHERE result.role = 'sample' AND result.station = ANY (%(stations)b::text[])
        AND (%(items)b::text[] = '{}' OR result.item = ANY (%(items)b::text[]))
        AND (%(commodities)b::text[] = '{}' OR result.commodity = ANY (%(commodities)b::text[]))
    GROUP BY point.at, result.station
    HAVING count(*) >= %(at_least)b AND count(*) FILTER (WHERE result.verdict = 'fail') * 100.0 >= %(percent)b * count(*)
), island AS (
    SELECT *, at - lag(at) OVER (PARTITION BY station ORDER BY at) > interval '1 hour' IS NOT FALSE AS is_first FROM rate
), numbered AS (
    SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY station ORDER BY at) AS number FROM island
)
SELECT station, '' AS device, '' AS name, min(at) AS began,
    CASE WHEN max(at) < %(until)b::timestamptz THEN max(at) END AS ended,
    jsonb_build_object('tests', (array_agg(tests ORDER BY at))[1], 'failed', (array_agg(failed ORDER BY at))[1],
        'percent', round((array_agg(failed ORDER BY at))[1] * 100.0 / (array_agg(tests ORDER BY at))[1], 1))::text AS facts
FROM numbered GROUP BY station, number
ORDER BY began, station

-- name: reading_out
WITH seen AS (
    SELECT station, device, coalesce(channel, -1) AS channel, recorded_at AS at, value,
        (value > %(above)b::float8) IS TRUE OR (value < %(below)b::float8) IS TRUE AS is_out
    FROM reading
    WHERE quantity = %(quantity)b AND unit = %(unit)b AND station = ANY (%(stations)b::text[])
        AND recorded_at >= %(since)b::timestamptz - make_interval(secs => %(for_min)b * 60) - interval '1 day' AND recorded_at < %(until)b::timestamptz
), island AS (
    SELECT *, is_out IS DISTINCT FROM lag(is_out) OVER (PARTITION BY station, device, channel ORDER BY at) AS is_first
    FROM seen
), numbered AS (
    SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY station, device, channel ORDER BY at) AS number
    FROM island
), stay AS (
    SELECT station, device, channel, is_out, min(at) AS began, max(at) AS last_at,
        lead(min(at)) OVER (PARTITION BY station, device, channel ORDER BY min(at)) AS next,
        (array_agg(value ORDER BY at DESC))[1] AS value
    FROM numbered GROUP BY station, device, channel, number, is_out
)
SELECT station, device, CASE WHEN channel < 0 THEN '' ELSE channel::text END AS name,
    began + make_interval(secs => %(for_min)b * 60) AS began, next AS ended,
    jsonb_build_object('value', value, 'since', began,
        'minutes', round(extract(epoch FROM coalesce(next, last_at) - began) / 60))::text AS facts
FROM stay
WHERE is_out AND coalesce(next, last_at) - began >= make_interval(secs => %(for_min)b * 60)
    AND began + make_interval(secs => %(for_min)b * 60) >= %(since)b::timestamptz
ORDER BY began, station, device

-- name: camera_blind
SELECT first.station, first.device, first.kind AS name, first.recorded_at + make_interval(secs => %(for_min)b * 60) AS began,
    last.at AS ended,
    jsonb_build_object('kind', first.kind, 'since', first.recorded_at,
        'minutes', round(extract(epoch FROM coalesce(last.at, %(until)b::timestamptz) - first.recorded_at) / 60))::text AS facts
FROM camera_event AS first
CROSS JOIN LATERAL (
    SELECT min(recorded_at) AS at FROM camera_event AS other
    WHERE other.key = first.key AND other.station = first.station AND other.phase = 'end' AND recorded_at < %(until)b::timestamptz
) AS last
WHERE first.phase = 'start' AND first.kind = ANY (%(health)b::text[]) AND first.station = ANY (%(stations)b::text[])
    AND first.recorded_at + make_interval(secs => %(for_min)b * 60) >= %(since)b::timestamptz
    AND first.recorded_at + make_interval(secs => %(for_min)b * 60) <= %(until)b::timestamptz
    AND coalesce(last.at, %(until)b::timestamptz) - first.recorded_at >= make_interval(secs => %(for_min)b * 60)
ORDER BY began, first.station, first.device

-- name: unstable
WITH counted AS (
    SELECT station, device, at, count(*) OVER (PARTITION BY station, device ORDER BY at
        RANGE BETWEEN make_interval(secs => %(within_min)b * 60) PRECEDING AND CURRENT ROW) AS changes
    FROM state_change
    WHERE station = ANY (%(stations)b::text[]) AND at < %(until)b::timestamptz
        AND at >= %(since)b::timestamptz - make_interval(secs => %(within_min)b * 60)
), point AS (
    SELECT *, at - lag(at) OVER (PARTITION BY station, device ORDER BY at)
        > make_interval(secs => %(within_min)b * 60) IS NOT FALSE AS is_first
    FROM counted WHERE changes >= %(changes)b AND at >= %(since)b::timestamptz
), numbered AS (
    SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY station, device ORDER BY at) AS number FROM point
)
SELECT station, device, '' AS name, min(at) AS began,
    CASE WHEN max(at) + make_interval(secs => %(within_min)b * 60) <= %(until)b::timestamptz
        THEN max(at) + make_interval(secs => %(within_min)b * 60) END AS ended,
    jsonb_build_object('changes', max(changes), 'minutes', %(within_min)b)::text AS facts
FROM numbered GROUP BY station, device, number
ORDER BY began, station, device
