-- Figures of a period: batches (samples) and item-tests apart, as offices publish them. A batch is what daily_sample
-- counts: what one device calls by one number and one food on one day; failed when any of its tests failed, passed when
-- none failed and one passed, and else not judged.

-- name: parts
-- One row a group. `by` says what a group is, `kind` from which sums it is made; by 'total' there is one group.
SELECT CASE %(by)s::text WHEN 'station' THEN p.station WHEN 'area' THEN coalesce(s.area, '') WHEN 'total' THEN ''
                         ELSE p.name END AS name,
       sum(p.batches)::bigint AS batches, sum(p.passed)::bigint AS passed, sum(p.failed)::bigint AS failed,
       sum(p.tests)::bigint AS tests, sum(p.tests_passed)::bigint AS tests_passed,
       sum(p.tests_failed)::bigint AS tests_failed, sum(p.retests)::bigint AS retests
FROM report_part p JOIN station s ON s.name = p.station
WHERE p.kind = %(kind)s AND p.day >= %(first)s AND p.day < %(until_day)s
  AND (%(station)s::text IS NULL OR s.name = %(station)s)
  AND (%(reach)s::text[] IS NULL OR s.name = ANY (%(reach)s))
  AND (%(area)s::text IS NULL OR s.area IN (
      WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
          UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
      SELECT code FROM below))
GROUP BY 1

-- name: varieties
-- Different foods of each group.
SELECT CASE %(by)s::text WHEN 'station' THEN p.station WHEN 'area' THEN coalesce(s.area, '') ELSE '' END AS name,
       count(DISTINCT p.name) AS count
FROM report_part p JOIN station s ON s.name = p.station
WHERE p.kind = 'commodity' AND p.name <> '' AND p.day >= %(first)s AND p.day < %(until_day)s
  AND (%(station)s::text IS NULL OR s.name = %(station)s)
  AND (%(reach)s::text[] IS NULL OR s.name = ANY (%(reach)s))
  AND (%(area)s::text IS NULL OR s.area IN (
      WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
          UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
      SELECT code FROM below))
GROUP BY 1

-- name: stalls
-- Different stalls of each group.
SELECT CASE %(by)s::text WHEN 'station' THEN t.station WHEN 'area' THEN coalesce(s.area, '')
                         WHEN 'commodity' THEN t.commodity ELSE '' END AS name,
       count(DISTINCT (t.station, t.stall)) AS count
FROM report_stall t JOIN station s ON s.name = t.station
WHERE t.day >= %(first)s AND t.day < %(until_day)s
  AND (%(station)s::text IS NULL OR s.name = %(station)s)
  AND (%(reach)s::text[] IS NULL OR s.name = ANY (%(reach)s))
  AND (%(area)s::text IS NULL OR s.area IN (
      WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
          UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
      SELECT code FROM below))
GROUP BY 1

-- name: stale
-- Days and stations whose sums were made of other counts than there are by now, the newest first.
SELECT day, station, coalesce(d.tests, 0) AS tests, coalesce(d.passed, 0) AS passed, coalesce(d.failed, 0) AS failed
FROM (SELECT day, station, sum(tests)::bigint AS tests,
             coalesce(sum(tests) FILTER (WHERE verdict = 'pass'), 0)::bigint AS passed,
             coalesce(sum(tests) FILTER (WHERE verdict = 'fail'), 0)::bigint AS failed
      FROM daily_result WHERE day >= %(first)s AND day < %(until_day)s GROUP BY day, station) d
FULL JOIN (SELECT * FROM report_day WHERE day >= %(first)s AND day < %(until_day)s) k USING (day, station)
WHERE (coalesce(d.tests, 0), coalesce(d.passed, 0), coalesce(d.failed, 0))
    <> (coalesce(k.tests, 0), coalesce(k.passed, 0), coalesce(k.failed, 0))
ORDER BY day DESC, station
LIMIT %(limit)s

-- name: lock
-- One server at a time makes sums.
SELECT pg_advisory_xact_lock(hashtext('shian report'))

-- name: forget_days
DELETE FROM report_day USING unnest(%(days)s::date[], %(stations)s::text[]) AS stale (day, station)
WHERE report_day.day = stale.day AND report_day.station = stale.station

-- name: forget_parts
DELETE FROM report_part USING unnest(%(days)s::date[], %(stations)s::text[]) AS stale (day, station)
WHERE kind IN ('station', 'commodity', 'item') AND report_part.day = stale.day
  AND report_part.station = stale.station

-- name: forget_stalls
DELETE FROM report_stall USING unnest(%(days)s::date[], %(stations)s::text[]) AS stale (day, station)
WHERE report_stall.day = stale.day AND report_stall.station = stale.station

-- name: add_days
INSERT INTO report_day (day, station, tests, passed, failed)
SELECT * FROM unnest(%(days)s::date[], %(stations)s::text[], %(tests)s::bigint[], %(passed)s::bigint[],
                     %(failed)s::bigint[])

-- name: add_parts
WITH stale AS (
    SELECT day, station, day::timestamp AT TIME ZONE %(zone)s AS since,
           (day + 1)::timestamp AT TIME ZONE %(zone)s AS until
    FROM unnest(%(days)s::date[], %(stations)s::text[]) AS stale (day, station)
), part AS MATERIALIZED (
    -- What one batch has of one item.
    SELECT stale.day, stale.station, r.device, r.sample, coalesce(nullif(tied.commodity, ''), r.commodity) AS commodity,
           r.item, CASE WHEN r.sample = '' THEN r.event END AS event, count(*) AS tests,
           count(*) FILTER (WHERE r.verdict = 'pass') AS passed, count(*) FILTER (WHERE r.verdict = 'fail') AS failed,
           count(*) FILTER (WHERE r.is_retest) AS retests
    FROM stale JOIN result r
        ON r.station = stale.station AND r.recorded_at >= stale.since AND r.recorded_at < stale.until
    LEFT JOIN LATERAL (SELECT w.commodity, w.stall FROM link_now l
                       JOIN sample_now w ON w.station = l.station AND w.key = l.sample
                       WHERE l.station = r.station AND l.of_event = r.event LIMIT 1) tied ON true
    WHERE r.role = 'sample'
    GROUP BY 1, 2, 3, 4, 5, 6, 7
), whole AS MATERIALIZED (
    SELECT day, station, commodity, sum(tests) AS tests, sum(passed) AS passed, sum(failed) AS failed,
           sum(retests) AS retests
    FROM part GROUP BY day, station, device, sample, commodity, event
), named AS (
    SELECT 'item' AS kind, day, station, item AS name, tests, passed, failed, retests FROM part
    UNION ALL SELECT 'commodity', day, station, commodity, tests, passed, failed, retests FROM whole
    UNION ALL SELECT 'station', day, station, '', tests, passed, failed, retests FROM whole
)
INSERT INTO report_part (kind, day, station, name, batches, passed, failed, tests, tests_passed, tests_failed, retests)
SELECT kind, day, station, name, count(*), count(*) FILTER (WHERE failed = 0 AND passed > 0),
       count(*) FILTER (WHERE failed > 0), sum(tests), sum(passed), sum(failed), sum(retests)
FROM named GROUP BY kind, day, station, name

-- name: add_stalls
INSERT INTO report_stall (day, station, commodity, stall)
SELECT DISTINCT stale.day, stale.station, coalesce(nullif(tied.commodity, ''), r.commodity),
    coalesce(nullif(tied.stall, ''), r.stall)
FROM unnest(%(days)s::date[], %(stations)s::text[]) AS stale (day, station)
JOIN result r ON r.station = stale.station AND r.recorded_at >= stale.day::timestamp AT TIME ZONE %(zone)s
    AND r.recorded_at < (stale.day + 1)::timestamp AT TIME ZONE %(zone)s
LEFT JOIN LATERAL (SELECT w.commodity, w.stall FROM link_now l
                   JOIN sample_now w ON w.station = l.station AND w.key = l.sample
                   WHERE l.station = r.station AND l.of_event = r.event LIMIT 1) tied ON true
WHERE r.role = 'sample' AND coalesce(nullif(tied.stall, ''), r.stall) <> ''

-- name: destroyed
-- Failed tests of the period whose alert was resolved by destroying the goods.
SELECT CASE %(by)s::text WHEN 'station' THEN a.station WHEN 'area' THEN coalesce(s.area, '')
                         WHEN 'commodity' THEN a.commodity WHEN 'item' THEN a.item ELSE '' END AS name,
       count(*) AS destroyed, coalesce(sum((last.facts ->> 'destroyed_kg')::float8), 0) AS destroyed_kg
FROM alert a JOIN station s ON s.name = a.station CROSS JOIN LATERAL (
    SELECT facts FROM alert_step WHERE alert = a.id AND action = 'resolved' ORDER BY at DESC, id DESC LIMIT 1) AS last
WHERE a.rule = 'failed_test' AND a.opened_at >= %(since)s AND a.opened_at < %(until)s
  AND (%(station)s::text IS NULL OR a.station = %(station)s)
  AND (%(reach)s::text[] IS NULL OR a.station = ANY (%(reach)s))
  AND (%(area)s::text IS NULL OR s.area IN (
      WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
          UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
      SELECT code FROM below))
  AND last.facts ->> 'measure' = 'destroyed'
GROUP BY 1

-- name: titles
SELECT name, title, title_en, area FROM station

-- name: areas
SELECT code AS name, name AS title, name_en AS title_en, parent AS area FROM area

-- name: responses
-- How soon people answered the alerts that were opened in the period. An alert that nobody answered is in `alerts` alone.
WITH answered AS (
    SELECT a.rule, a.severity, a.opened_at, a.state,
           min(s.at) FILTER (WHERE s.actor <> '' AND s.action <> 'commented') AS signed_at,
           max(s.at) FILTER (WHERE s.action = 'resolved') AS resolved_at
    FROM alert a LEFT JOIN alert_step s ON s.alert = a.id AND s.action NOT IN ('opened', 'joined')
    WHERE a.rule <> 'drill' AND a.opened_at >= %(since)s AND a.opened_at < %(until)s
      AND (%(station)s::text IS NULL OR a.station = %(station)s)
      AND (%(reach)s::text[] IS NULL OR a.station = ANY (%(reach)s))
      AND (%(area)s::text IS NULL OR a.station IN (
          WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
              UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
          SELECT name FROM station JOIN below ON station.area = below.code))
    GROUP BY a.id
), timed AS (
    SELECT rule, severity, extract(epoch FROM signed_at - opened_at) AS sign_s,
           CASE WHEN state NOT IN ('open', 'acknowledged', 'in_progress')
                THEN extract(epoch FROM resolved_at - opened_at) END AS resolve_s
    FROM answered
)
SELECT rule, severity, count(*) AS alerts, count(sign_s) AS signed, count(resolve_s) AS resolved,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY sign_s) AS sign_median_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY sign_s) AS sign_p90_s, max(sign_s)::float8 AS sign_longest_s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY resolve_s) AS resolve_median_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY resolve_s) AS resolve_p90_s
FROM timed GROUP BY rule, severity
ORDER BY (rule = 'failed_test') DESC, alerts DESC, rule

-- name: told
-- Who was told when, and who signed for it when: one row a notice; an alert that nobody was told of has one too.
SELECT a.id AS alert, a.rule, a.severity, a.state, a.station, a.item, a.commodity, a.sample, a.opened_at,
       coalesce(sub.name, '') AS receiver, coalesce(sub.channel, '') AS channel, coalesce(d.state, '') AS delivery,
       CASE WHEN d.state = 'delivered' THEN d.finished_at END AS told_at, coalesce(d.attempts, 0) AS attempts,
       step.at AS signed_at, coalesce(step.actor, '') AS signed_by
FROM alert a
LEFT JOIN delivery d ON d.alert = a.id
LEFT JOIN subscription sub ON sub.id = d.subscription
LEFT JOIN LATERAL (SELECT at, actor FROM alert_step WHERE alert = a.id AND actor <> '' AND action <> 'commented'
                   ORDER BY at, id LIMIT 1) step ON true
WHERE a.rule = ANY (%(rules)s) AND a.opened_at >= %(since)s AND a.opened_at < %(until)s
  AND (%(station)s::text IS NULL OR a.station = %(station)s)
  AND (%(reach)s::text[] IS NULL OR a.station = ANY (%(reach)s))
  AND (%(area)s::text IS NULL OR a.station IN (
      WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %(area)s
          UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)
      SELECT name FROM station JOIN below ON station.area = below.code))
ORDER BY a.opened_at DESC, a.id, d.created_at
LIMIT %(limit)s

-- name: today
SELECT (now() AT TIME ZONE %(zone)s)::date AS today

-- name: mails
SELECT id, address, grouped_by, area, language, form, created_at, last_month, problem FROM report_mail
WHERE is_enabled AND account IS NOT DISTINCT FROM %(account)s AND (%(id)s::uuid IS NULL OR id = %(id)s)
ORDER BY created_at DESC, id DESC LIMIT %(most)s

-- name: add_mail
INSERT INTO report_mail (id, account, address, grouped_by, area, language, form)
VALUES (%(id)s, %(account)s, %(address)s, %(grouped_by)s, %(area)s, %(language)s, %(form)s)

-- name: end_mail
UPDATE report_mail SET is_enabled = false WHERE is_enabled AND id = %(id)s

-- name: begin_mail_test
UPDATE report_mail SET tested_at = now()
WHERE id = %(id)s AND (tested_at IS NULL OR tested_at <= now() - interval '1 minute' OR tested_at > now())

-- name: claim_mail
-- One that is due. Nobody else has it until `next_at`, which is the next attempt, too, where this one fails: later each
-- time, once a day at most. One that lies further ahead was set by a clock that has been put back.
UPDATE report_mail SET attempts = attempts + 1,
    next_at = %(now)s + least(interval '15 minutes' * power(2, least(attempts, 7)), interval '1 day')
WHERE id = (
    SELECT id FROM report_mail
    WHERE is_enabled AND created_at < %(moment)s AND (last_month IS NULL OR last_month < %(month)s)
      AND (next_at IS NULL OR next_at <= %(now)s OR next_at > %(now)s + interval '1 day')
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, account, address, grouped_by, area, language, form

-- name: mail_sent
UPDATE report_mail SET last_month = %(month)s, attempts = 0, next_at = NULL, problem = '' WHERE id = %(id)s

-- name: mail_failed
UPDATE report_mail SET problem = %(problem)s WHERE id = %(id)s
