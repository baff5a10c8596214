-- name: tests
SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day END AS day,
       CASE WHEN 'station' = ANY(%(by)s) THEN station END AS station,
       CASE WHEN 'item' = ANY(%(by)s) THEN item END AS item,
       CASE WHEN 'verdict' = ANY(%(by)s) THEN verdict END AS verdict,
       sum(tests)::bigint AS tests
FROM daily_result
WHERE day BETWEEN %(first)s AND %(last)s
  AND (%(station)s::text IS NULL OR station = %(station)s)
  AND (%(item)s::text IS NULL OR item = %(item)s)
  AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
LIMIT %(limit)s

-- name: samples
SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day END AS day,
       CASE WHEN 'station' = ANY(%(by)s) THEN station END AS station,
       count(*) AS samples,
       count(*) FILTER (WHERE is_failed) AS failed
FROM daily_sample
WHERE day BETWEEN %(first)s AND %(last)s
  AND (%(station)s::text IS NULL OR station = %(station)s)
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(limit)s
