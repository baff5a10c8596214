-- name: hours
-- Item-tests and batches by the hour in which they were recorded; a batch counts in each hour that has a test of it. First
-- by batch, which is a hash: to count distinct batches the database would sort them (69 ms of 28,000 tests a day, not 20).
SELECT hour, sum(tests)::bigint AS tests, sum(failed)::bigint AS tests_failed, count(*) AS samples
FROM (
    SELECT date_trunc('hour', recorded_at) AS hour, count(*) AS tests,
           count(*) FILTER (WHERE verdict = 'fail') AS failed
    FROM result
    WHERE role = 'sample' AND recorded_at >= %(since)s AND recorded_at < %(until)s
      AND (%(reach)s::text[] IS NULL OR station = ANY (%(reach)s))
      AND (%(area)s::text IS NULL OR station IN (
          WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
              UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
          SELECT name FROM station JOIN below ON station.area = below.code))
    GROUP BY 1, station, device, sample, commodity, CASE WHEN sample = '' THEN event END) AS batch
GROUP BY 1 ORDER BY 1
