-- What ingest looks after between batches.

-- name: try_sweep
SELECT pg_try_advisory_xact_lock(%(key)b)

-- name: given_up_streams
-- Streams with a hole that were given up. Whoever moves a head now is not waited for: the next sweep sees it.
SELECT id, through FROM stream
WHERE gap_since IS NOT NULL AND EXISTS (SELECT FROM given_up WHERE given_up.stream = stream.id)
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED

-- name: end_gap
UPDATE stream SET gap_since = NULL WHERE id = %(stream)b

-- name: stalled_streams
-- Streams that have had a hole for long and no live alert that says so; of one station so many that it has `most` live
-- alerts about holes.
SELECT id, station, through, highest, gap_since FROM (
    SELECT id, station, through, highest, gap_since, row_number() OVER (PARTITION BY station ORDER BY id) + (
        SELECT count(*) FROM alert WHERE alert.rule = 'stream_gap' AND alert.station = stream.station
            AND alert.state IN ('open', 'acknowledged', 'in_progress')) AS place
    FROM stream
    WHERE gap_since < %(before)b AND NOT EXISTS (
        SELECT FROM alert WHERE alert.key = 'stream_gap/' || stream.id AND alert.state IN ('open', 'acknowledged', 'in_progress'))
) AS stalled
WHERE place <= %(most)b
ORDER BY id LIMIT 100

-- name: stored_ranges
-- Runs of stored sequences above a hole, first ones first.
SELECT min(sequence), max(sequence) FROM (
    SELECT sequence, sequence - row_number() OVER (ORDER BY sequence) AS run FROM (
        SELECT sequence FROM event WHERE stream = %(stream)b AND sequence > %(through)b
        UNION
        SELECT sequence FROM accounted WHERE stream = %(stream)b AND sequence > %(through)b
    ) AS known
) AS numbered GROUP BY run ORDER BY 1 LIMIT %(most)b

-- name: filled_gaps
-- Live alerts about gaps that are filled, or whose numbers were all recorded again.
SELECT alert.id, alert.station, alert.severity, alert.opened_at, stream.highest <= stream.through FROM alert
JOIN stream ON alert.key = 'stream_gap/' || stream.id
WHERE alert.rule = 'stream_gap' AND alert.state IN ('open', 'acknowledged', 'in_progress') AND stream.gap_since IS NULL
ORDER BY alert.key FOR NO KEY UPDATE OF alert

-- name: doubted_clocks
-- Live alerts about clocks of stations, each with the last event of the station's stream: where a hole stands only since
-- `before`, what is still on its way may be of the wrong time, and the alert waits.
SELECT alert.id, alert.station, alert.severity, alert.opened_at, newest.body, newest.received_at FROM alert
CROSS JOIN LATERAL (
    SELECT id, highest, gap_since FROM stream WHERE stream.station = alert.station
    ORDER BY last_event_at DESC NULLS LAST, id DESC LIMIT 1
) AS stream
JOIN event AS newest ON newest.stream = stream.id AND newest.sequence = stream.highest
WHERE alert.rule = 'station_clock' AND alert.state IN ('open', 'acknowledged', 'in_progress')
    AND (stream.gap_since IS NULL OR stream.gap_since < %(before)b)
ORDER BY alert.key FOR NO KEY UPDATE OF alert

-- name: releasable
-- What waited for its station, and what a person wants to be tried again.
SELECT quarantine.id, quarantine.topic, quarantine.body, quarantine.reason FROM quarantine
JOIN station ON station.name = quarantine.station
WHERE (quarantine.reason = 'unknown_station' AND quarantine.decision <> 'drop' OR quarantine.decision = 'release')
    AND quarantine.released_at IS NULL AND NOT quarantine.is_cut
    AND quarantine.station <> ALL (%(shut)b::text[])
ORDER BY quarantine.received_at, quarantine.id LIMIT %(most)b FOR UPDATE OF quarantine SKIP LOCKED

-- name: refused_again
-- A person decides about these once more.
UPDATE quarantine SET decision = '' WHERE id = ANY (%(ids)b::uuid[]) AND decision = 'release'

-- name: released
UPDATE quarantine SET released_at = %(now)b WHERE id = ANY (%(ids)b::uuid[])
