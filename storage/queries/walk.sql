-- name: streams
-- Every stream, also one whose row was removed. The ledger's are found by skipping from one to the next.
WITH RECURSIVE stored (id) AS (
    (SELECT stream FROM event ORDER BY stream LIMIT 1)
    UNION ALL
    SELECT (SELECT stream FROM event WHERE stream > stored.id ORDER BY stream LIMIT 1) FROM stored
    WHERE stored.id IS NOT NULL
), known AS (
    SELECT id FROM stored WHERE id IS NOT NULL UNION SELECT id FROM stream
)
SELECT known.id,
    coalesce(stream.station, (SELECT station FROM event WHERE event.stream = known.id ORDER BY sequence LIMIT 1)),
    stream.through, stream.head, stream.highest, stream.signed_through, stream.broken_at,
    ARRAY(SELECT sequence FROM stream_break WHERE stream_break.stream = known.id AND kind = 'link')
FROM known LEFT JOIN stream ON stream.id = known.id
ORDER BY 2, 1

-- name: links
-- The next piece of a stream in order, each event beside its typed row (storage/typed_sql.py fills in the columns and
-- joins). By pieces, so that each row is found by its key: a stream as a whole is joined by reading all of `result`,
-- once a stream.
SELECT event.sequence, event.id, event.station, event.device, event.type, event.recorded_at, event.received_at,
    event.previous, event.hash, event.body, CASE WHEN not_understood.event IS NULL THEN ''
        WHEN not_understood.understood_at IS NULL THEN 'waiting' ELSE 'understood' END,
    /* typed columns */, folded.into_event
FROM (SELECT * FROM event WHERE stream = %(stream)s AND sequence > %(after)s ORDER BY sequence LIMIT 500) AS event
/* typed joins */
LEFT JOIN folded ON folded.event = event.id
LEFT JOIN not_understood ON not_understood.event = event.id
ORDER BY event.sequence

-- name: accounted
SELECT sequence, hash FROM accounted WHERE stream = %(stream)s ORDER BY sequence

-- name: keys
-- Every key that was ever a station's, with its time: an old checkpoint was signed with the key of its day.
SELECT station, key, valid_from, valid_to FROM station_key
UNION ALL
-- The centre is no station: its own keys stand in its deeds.
SELECT subject, facts::jsonb ->> 'after', NULL, NULL FROM deed WHERE action = 'key_pinned' AND subject = 'centre'

-- name: audit_closed
SELECT event.stream, event.sequence, deed.facts::jsonb FROM deed JOIN event ON event.id = deed.event
WHERE deed.action = 'audit_began' ORDER BY deed.recorded_at LIMIT 1

-- name: refused
-- What was refused as a second body under one number, or as one event under a second number.
SELECT station, stream, sequence, reason, 'in quarantine: ' || detail FROM quarantine
WHERE reason IN ('forked', 'replayed')
UNION ALL
SELECT station, stream, sequence, 'forked', 'disputed: the event ' || id FROM disputed
WHERE NOT EXISTS (SELECT FROM quarantine WHERE quarantine.hash = disputed.hash AND reason = 'forked')
ORDER BY 1, 2, 3

-- name: disputed
-- Each disputed event as `links` has an event, beside its row among the item-tests.
SELECT disputed.stream, disputed.sequence, disputed.id, disputed.station, disputed.device, disputed.type,
    disputed.recorded_at, disputed.received_at, disputed.hash, disputed.hash, disputed.body, '',
    /* typed columns */,
    folded.into_event
FROM disputed /* typed joins */
LEFT JOIN folded ON folded.event = disputed.id
ORDER BY disputed.stream, disputed.sequence, disputed.id

-- name: standing
-- An event that others are folded into, and whether it is folded itself.
SELECT body, EXISTS (SELECT FROM folded WHERE folded.event = %(id)s) FROM event WHERE id = %(id)s
UNION ALL
SELECT body, EXISTS (SELECT FROM folded WHERE folded.event = %(id)s) FROM disputed WHERE id = %(id)s

-- name: unfounded
-- Typed rows that no event of the ledger says, and no disputed one.
SELECT station, name, event FROM (
    /* typed rows */
) AS typed
WHERE NOT EXISTS (SELECT FROM event WHERE event.id = typed.event)
    AND NOT EXISTS (SELECT FROM disputed WHERE disputed.id = typed.event)
ORDER BY 1, 2, 3

-- name: hash_at
SELECT hash FROM event WHERE stream = %(stream)s AND sequence = %(sequence)s
UNION ALL
SELECT hash FROM accounted WHERE stream = %(stream)s AND sequence = %(sequence)s
LIMIT 1

-- name: limits
SELECT code, item, commodity, standard, is_only_for_standard, comparison, value, unit, valid_from, valid_to, source
FROM analyte_limit ORDER BY code

-- name: limit_history
-- NULL: since ever, which no client can read.
SELECT CASE WHEN isfinite(at) THEN at END, action, code, item, commodity, standard, is_only_for_standard, comparison,
    value, unit, valid_from, valid_to, source
FROM analyte_limit_history ORDER BY at, id

-- name: has_judged
SELECT EXISTS (SELECT FROM result WHERE decided_by = %(code)s AND received_at < %(before)s)

-- name: zones
SELECT since, zone FROM district_zone ORDER BY since

-- name: guessed_until
-- Until then a result was judged and counted by the day that its station said, whatever its clock.
SELECT applied_at FROM migration WHERE number = 5

-- name: unconverted_until
-- Until then a limit judged values of its own unit alone. The engine that converts units came in one release with this
-- migration, and ingest stands still while a database is migrated.
SELECT applied_at FROM migration WHERE number = 17

-- name: guessed_stations
SELECT DISTINCT station FROM result
WHERE received_at < (SELECT applied_at FROM migration WHERE number = 5) AND position('clock_not_believed' IN flags) > 0

-- name: unalerted
-- Results that an alert must tell of and none does: ingest writes a step for each, whether it opened or joined one.
SELECT due.station, coalesce(event.stream, disputed.stream), coalesce(event.sequence, disputed.sequence), due.rule,
    due.event
FROM (
    SELECT event, station, item, 'failed_test' AS rule FROM result WHERE verdict = 'fail' AND role = 'sample'
    UNION ALL
    SELECT event, station, item, 'verdicts_disagree' FROM result
    WHERE device_verdict <> decided_verdict AND role = 'sample'
        AND device_verdict <> 'undetermined' AND decided_verdict <> 'undetermined'
) AS due
LEFT JOIN event ON event.id = due.event
LEFT JOIN disputed ON disputed.id = due.event
WHERE NOT EXISTS (
    SELECT FROM alert_step JOIN alert ON alert.id = alert_step.alert
    WHERE alert_step.event = due.event AND alert_step.action IN ('opened', 'joined')
        AND alert.rule = due.rule AND alert.station = due.station
        -- The one alert for all above the station's budget (ingest/alert_folds.py) has no item of its own.
        AND (alert.item = due.item OR starts_with(alert.key, due.rule || '/' || due.station || '/more/')))
ORDER BY 1, 2, 3

-- name: alert_states
-- Alerts whose state is not what their steps say: the last one that changes it (wire/life.py). A failed test is dealt with by a person alone.
SELECT station, id, rule, state, opened, said, is_unsigned FROM (
    SELECT alert.station, alert.id, alert.rule, alert.state,
        count(*) FILTER (WHERE action = 'opened') AS opened,
        coalesce((array_agg(coalesce(leads.state, step.facts ->> 'state') ORDER BY step.position DESC)
            FILTER (WHERE leads.state IS NOT NULL OR step.action = 'undone'))[1], 'open') AS said,
        coalesce(bool_or(actor = '' AND action IN ('acknowledged', 'started', 'resolved', 'closed', 'reopened', 'undone'))
            AND rule IN ('failed_test', 'verdicts_disagree'), false) AS is_unsigned
    FROM alert LEFT JOIN alert_step AS step ON step.alert = alert.id
    LEFT JOIN unnest(%(actions)s::text[], %(states)s::text[]) AS leads (action, state) USING (action)
    GROUP BY alert.id
) AS each
WHERE opened <> 1 OR state <> said OR is_unsigned ORDER BY 1, 2

-- name: attached
-- Deeds by which a file was added to an alert.
SELECT place, subject, facts FROM deed WHERE action = 'alert_attached' ORDER BY recorded_at, event

-- name: attachments
SELECT alert.station, alert.id::text, encode(alert_attachment.hash, 'hex')
FROM alert_attachment JOIN alert ON alert.id = alert_attachment.alert ORDER BY alert_attachment.at, 2, 3

-- name: voids
-- Results that are marked as void and no deed says so, and the other way around.
SELECT coalesce(voided.station, said.place), coalesce(voided.event::text, said.subject), voided.event IS NULL
FROM voided FULL JOIN (SELECT DISTINCT place, subject FROM deed WHERE action = 'result_voided') AS said
    ON said.subject = voided.event::text AND said.place = voided.station
WHERE voided.event IS NULL OR said.subject IS NULL ORDER BY 1, 2

-- name: lost_alerts
-- Alerts of which only a step, or what a person did with them, is left.
SELECT coalesce((SELECT event.station FROM event WHERE event.id = min(lost.event::text)::uuid), ''), lost.alert
FROM (
    SELECT alert::text, event FROM alert_step
    UNION ALL SELECT subject, NULL FROM audit WHERE starts_with(action, 'alert_')
    UNION ALL SELECT subject, NULL FROM deed WHERE starts_with(action, 'alert_')
) AS lost
WHERE NOT EXISTS (SELECT FROM alert WHERE alert.id::text = lost.alert) GROUP BY lost.alert ORDER BY 1, 2

-- name: tests_counted
-- Days, stations, items and verdicts whose tests are not what is kept in daily_result. `zone` of what was received
-- from `since` on, until the next.
WITH zone AS (
    SELECT zone, since, lead(since, 1, 'infinity') OVER (ORDER BY since) AS until
    FROM unnest(%(since)s::timestamptz[], %(zone)s::text[]) AS said (since, zone)
), counted AS (
    SELECT (recorded_at AT TIME ZONE zone)::date AS day, station, item, verdict, count(*) AS tests
    FROM result JOIN zone ON received_at >= since AND received_at < until
    WHERE role = 'sample' GROUP BY 1, 2, 3, 4
)
SELECT day::text, station, item, verdict, coalesce(daily_result.tests, 0), coalesce(counted.tests, 0)
FROM counted FULL JOIN daily_result USING (day, station, item, verdict)
WHERE counted.tests IS DISTINCT FROM daily_result.tests ORDER BY 1, 2, 3, 4

-- name: samples_counted
-- Days and stations whose samples are not what is kept in daily_sample, or not what daily_station says.
WITH zone AS (
    SELECT zone, since, lead(since, 1, 'infinity') OVER (ORDER BY since) AS until
    FROM unnest(%(since)s::timestamptz[], %(zone)s::text[]) AS said (since, zone)
), counted AS MATERIALIZED (
    SELECT (result.recorded_at AT TIME ZONE zone)::date AS day, result.station,
        coalesce(link_now.sample::text,
        CASE WHEN result.sample = '' THEN result.event::text
        ELSE device || '/' || result.sample || '/' || commodity END) AS sample,
        bool_or(verdict = 'fail') AS is_failed
    FROM result JOIN zone ON received_at >= since AND received_at < until
    LEFT JOIN link_now ON link_now.station = result.station AND link_now.of_event = result.event
    WHERE role = 'sample' GROUP BY 1, 2, 3
), added AS (
    SELECT day, station, count(*) AS samples, count(*) FILTER (WHERE is_failed) AS failed FROM counted GROUP BY 1, 2
)
SELECT day::text, station, 'daily_station', coalesce(daily_station.samples, 0), coalesce(daily_station.failed, 0),
    coalesce(added.samples, 0), coalesce(added.failed, 0)
FROM added FULL JOIN daily_station USING (day, station)
WHERE (added.samples, added.failed) IS DISTINCT FROM (daily_station.samples, daily_station.failed)
UNION ALL
SELECT day::text, station, 'daily_sample', count(kept.day), count(*) FILTER (WHERE kept.is_failed),
    count(counted.day), count(*) FILTER (WHERE counted.is_failed)
FROM (SELECT * FROM counted) AS counted FULL JOIN daily_sample AS kept USING (day, station, sample)
WHERE counted.is_failed IS DISTINCT FROM kept.is_failed GROUP BY day, station
ORDER BY 1, 2, 3
