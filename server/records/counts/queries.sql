-- Groups in order; a page goes on behind the group that the page before ended with. A dimension that is not asked for is
-- null, and '' in the comparison.

-- name: tests
WITH grouped AS (
    SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day END AS day,
           CASE WHEN 'station' = ANY(%(by)s) THEN station END AS station,
           CASE WHEN 'item' = ANY(%(by)s) THEN item END AS item,
           CASE WHEN 'verdict' = ANY(%(by)s) THEN verdict END AS verdict,
           sum(tests)::bigint AS tests
    FROM daily_result
    WHERE day BETWEEN %(first)s AND %(last)s
      AND (%(station)s::text IS NULL OR station = %(station)s)
      AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
      AND (%(area)s::text IS NULL OR station IN (
          WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
              UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
          SELECT s.name FROM station s JOIN below ON s.area = below.code))
      AND (%(item)s::text IS NULL OR item = %(item)s)
      AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)
    GROUP BY 1, 2, 3, 4
)
SELECT * FROM grouped
WHERE %(after)s::text[] IS NULL
   OR (coalesce(day::text, ''), coalesce(station, ''), coalesce(item, ''), coalesce(verdict, ''))
      > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3], (%(after)s::text[])[4])
ORDER BY day, station, item, verdict
LIMIT %(limit)s

-- name: samples
WITH grouped AS (
    SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day END AS day,
           CASE WHEN 'station' = ANY(%(by)s) THEN station END AS station,
           sum(samples)::bigint AS samples, sum(failed)::bigint AS failed
    FROM daily_station
    WHERE day BETWEEN %(first)s AND %(last)s
      AND (%(station)s::text IS NULL OR station = %(station)s)
      AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
      AND (%(area)s::text IS NULL OR station IN (
          WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
              UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
          SELECT s.name FROM station s JOIN below ON s.area = below.code))
    GROUP BY 1, 2
)
SELECT * FROM grouped
WHERE %(after)s::text[] IS NULL
   OR (coalesce(day::text, ''), coalesce(station, ''))
      > ((%(after)s::text[])[1], (%(after)s::text[])[2])
ORDER BY day, station
LIMIT %(limit)s
