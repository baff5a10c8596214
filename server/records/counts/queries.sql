-- Groups in order; a page goes on behind the group that the page before ended with. A dimension that is not asked for is
-- null, and '' in the comparison.

-- name: tests
WITH grouped AS (
    SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day END AS day,
           CASE WHEN 'month' = ANY(%(by)s) THEN to_char(day, 'YYYY-MM') END AS month,
           CASE WHEN 'station' = ANY(%(by)s) THEN station END AS station,
           CASE WHEN 'area' = ANY(%(by)s) THEN (SELECT area FROM station s WHERE s.name = counted.station) END AS area,
           CASE WHEN 'item' = ANY(%(by)s) THEN item END AS item,
           CASE WHEN 'verdict' = ANY(%(by)s) THEN verdict END AS verdict,
           sum(tests)::bigint AS tests, coalesce(sum(voided), 0)::bigint AS voided
    FROM daily_result AS counted
    LEFT JOIN (SELECT day, station, item, verdict, count(*) AS voided FROM voided
               WHERE role = 'sample' AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3, 4) AS void
        USING (day, station, item, verdict)
    WHERE day BETWEEN %(first)s AND %(last)s
      AND (%(station)s::text IS NULL OR station = %(station)s)
      AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
      AND (%(area)s::text IS NULL OR station IN (
          WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
              UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
          SELECT s.name FROM station s JOIN below ON s.area = below.code))
      AND (%(item)s::text IS NULL OR item = %(item)s)
      AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)
    GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT * FROM grouped
WHERE %(after)s::text[] IS NULL
   OR (coalesce(day::text, ''), coalesce(month, ''), coalesce(station, ''), coalesce(area, ''), coalesce(item, ''),
       coalesce(verdict, ''))
      > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3], (%(after)s::text[])[4],
         (%(after)s::text[])[5], (%(after)s::text[])[6])
ORDER BY day, month, station, area NULLS FIRST, item, verdict
LIMIT %(limit)s

-- name: samples
WITH grouped AS (
    SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day END AS day,
           CASE WHEN 'month' = ANY(%(by)s) THEN to_char(day, 'YYYY-MM') END AS month,
           CASE WHEN 'station' = ANY(%(by)s) THEN station END AS station,
           CASE WHEN 'area' = ANY(%(by)s) THEN (SELECT area FROM station s WHERE s.name = counted.station) END AS area,
           sum(samples)::bigint AS samples, sum(failed)::bigint AS failed,
           coalesce(sum(voided), 0)::bigint AS voided
    FROM daily_station AS counted
    -- Samples that failed by tests alone that were declared void.
    LEFT JOIN (SELECT day, station, count(*) AS voided
               FROM (SELECT DISTINCT day, station, sample, zone FROM voided
                     WHERE role = 'sample' AND verdict = 'fail' AND day BETWEEN %(first)s AND %(last)s) AS tested
               WHERE NOT EXISTS (
                   SELECT FROM result
                   WHERE result.station = tested.station AND role = 'sample' AND verdict = 'fail'
                     AND recorded_at >= tested.day::timestamp AT TIME ZONE zone
                     AND recorded_at < (tested.day + 1)::timestamp AT TIME ZONE zone
                     AND CASE WHEN result.sample = '' THEN event::text
                         ELSE device || '/' || result.sample || '/' || commodity END = tested.sample
                     AND NOT EXISTS (SELECT FROM voided AS other WHERE other.event = result.event))
               GROUP BY 1, 2) AS void USING (day, station)
    WHERE day BETWEEN %(first)s AND %(last)s
      AND (%(station)s::text IS NULL OR station = %(station)s)
      AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
      AND (%(area)s::text IS NULL OR station IN (
          WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
              UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
          SELECT s.name FROM station s JOIN below ON s.area = below.code))
    GROUP BY 1, 2, 3, 4
)
SELECT * FROM grouped
WHERE %(after)s::text[] IS NULL
   OR (coalesce(day::text, ''), coalesce(month, ''), coalesce(station, ''), coalesce(area, ''))
      > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3], (%(after)s::text[])[4])
ORDER BY day, month, station, area NULLS FIRST
LIMIT %(limit)s

-- name: foods
-- From the sums of reports (server/records/reports/sums.py): those of a food that a sample was linked to later too.
WITH void AS (
    SELECT v.day, v.station, coalesce(nullif(tied.commodity, ''), r.commodity) AS name, count(*) AS voided
    FROM voided v JOIN result r ON r.event = v.event AND r.recorded_at = v.recorded_at
    LEFT JOIN LATERAL (SELECT w.commodity FROM link_now l JOIN sample_now w ON w.station = l.station AND w.key = l.sample
                       WHERE l.station = r.station AND l.of_event = r.event LIMIT 1) tied ON true
    WHERE v.role = 'sample' AND v.day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3
), grouped AS (
    SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day END AS day,
           CASE WHEN 'month' = ANY(%(by)s) THEN to_char(day, 'YYYY-MM') END AS month,
           CASE WHEN 'station' = ANY(%(by)s) THEN station END AS station,
           CASE WHEN 'area' = ANY(%(by)s) THEN (SELECT area FROM station s WHERE s.name = counted.station) END AS area,
           name AS commodity, sum(batches)::bigint AS samples, sum(passed)::bigint AS passed,
           sum(failed)::bigint AS failed, sum(tests)::bigint AS tests, sum(tests_failed)::bigint AS tests_failed,
           coalesce(sum(voided), 0)::bigint AS voided
    FROM report_part AS counted LEFT JOIN void USING (day, station, name)
    WHERE kind = 'commodity' AND day BETWEEN %(first)s AND %(last)s
      AND (%(station)s::text IS NULL OR station = %(station)s)
      AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
      AND (%(area)s::text IS NULL OR station IN (
          WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
              UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
          SELECT s.name FROM station s JOIN below ON s.area = below.code))
      AND (%(commodity)s::text IS NULL OR name = %(commodity)s)
    GROUP BY 1, 2, 3, 4, 5
)
SELECT * FROM grouped
WHERE %(after)s::text[] IS NULL
   OR (coalesce(day::text, ''), coalesce(month, ''), coalesce(station, ''), coalesce(area, ''), commodity)
      > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3], (%(after)s::text[])[4],
         (%(after)s::text[])[5])
ORDER BY day, month, station, area NULLS FIRST, commodity
LIMIT %(limit)s

-- name: entered
-- Results that no analyzer brought, within the tests above: found by an index of their own.
SELECT (recorded_at AT TIME ZONE %(zone)s)::date AS day, station, origin, count(*) AS tests,
       count(*) FILTER (WHERE verdict = 'fail') AS failed
FROM result
WHERE origin <> 'instrument' AND role = 'sample'
  AND recorded_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
  AND recorded_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
  AND (%(station)s::text IS NULL OR station = %(station)s)
  AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
  AND (%(area)s::text IS NULL OR station IN (
      WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
          UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
      SELECT s.name FROM station s JOIN below ON s.area = below.code))
  AND (%(item)s::text IS NULL OR item = %(item)s)
  AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 20000
