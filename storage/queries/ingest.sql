-- What ingest asks and writes in its one transaction. Rows that many transactions change are locked in one order
-- everywhere: daily_sample, daily_result, daily_station, device, probe, stream, station, alert_rule_fault, alert, budget; each
-- by key; last of all the centre's own stream (storage/deeds.py).

-- name: now
-- The database's clock at the start of the transaction. Ingest has no other "now": whatever is compared here was stamped
-- here, so that a wrong clock on ingest's machine delays no delivery and ends no alert.
-- With it: the version of the limits, the stations that are not listened to any more, and the version of the rules.
SELECT now(), (SELECT max(id) FROM analyte_limit_history),
    ARRAY(SELECT name FROM station WHERE standing <> 'enrolled'), (SELECT max(version) FROM alert_rule_history)

-- name: stations
SELECT name FROM station

-- name: stations_known
SELECT name FROM station WHERE name = ANY (%(names)b)

-- name: limits
SELECT code, item, commodity, standard, is_only_for_standard, comparison, value, unit, valid_from, valid_to, source
FROM analyte_limit

-- name: limits_version
SELECT max(id) FROM analyte_limit_history

-- name: note_zone
INSERT INTO district_zone (since, zone)
SELECT now(), %(zone)s
WHERE %(zone)s IS DISTINCT FROM (SELECT zone FROM district_zone ORDER BY since DESC LIMIT 1)
ON CONFLICT (since) DO NOTHING

-- name: add_streams
INSERT INTO stream (id, station, created_at)
SELECT id, station, %(now)b FROM unnest(%(ids)b::uuid[], %(stations)b::text[]) AS new (id, station) ORDER BY id
ON CONFLICT (id) DO NOTHING
RETURNING id

-- name: streams_owned
SELECT id, station, folds FROM stream WHERE id = ANY (%(ids)b::uuid[])

-- name: streams_before
-- What a station's earlier streams left behind, for the rule on a stream that was made anew.
SELECT new.id, new.station, old.id, old.through, old.highest, station.waiting
FROM stream AS new
JOIN station ON station.name = new.station
JOIN LATERAL (
    SELECT id, through, highest FROM stream
    WHERE stream.station = new.station AND stream.id <> ALL (%(ids)b::uuid[])
    ORDER BY created_at DESC LIMIT 1
) AS old ON true
WHERE new.id = ANY (%(ids)b::uuid[])

-- name: events_there
SELECT stream, sequence, id, hash, station FROM event
WHERE (stream, sequence) IN (SELECT * FROM unnest(%(streams)b::uuid[], %(sequences)b::int8[]))
UNION
SELECT stream, sequence, id, hash, station FROM event WHERE id = ANY (%(ids)b::uuid[])

-- name: add_quarantine
INSERT INTO quarantine (id, received_at, topic, station, stream, sequence, reason, detail, hash, body, size, is_cut)
SELECT * FROM unnest(%(id)b::uuid[], %(received_at)b::timestamptz[], %(topic)b::text[], %(station)b::text[],
    %(stream)b::uuid[], %(sequence)b::int8[], %(reason)b::text[], %(detail)b::text[], %(hash)b::bytea[],
    %(body)b::bytea[], %(size)b::int[], %(is_cut)b::bool[])
ON CONFLICT (topic, hash, reason) DO NOTHING
RETURNING id

-- name: count_tests
INSERT INTO daily_result (day, station, item, verdict, tests)
SELECT * FROM unnest(%(day)b::date[], %(station)b::text[], %(item)b::text[], %(verdict)b::text[], %(tests)b::int8[])
ON CONFLICT (day, station, item, verdict) DO UPDATE SET tests = daily_result.tests + excluded.tests

-- name: count_samples
INSERT INTO daily_sample (day, station, sample, is_failed)
SELECT * FROM unnest(%(day)b::date[], %(station)b::text[], %(sample)b::text[], %(is_failed)b::bool[])
ON CONFLICT (day, station, sample) DO UPDATE SET is_failed = true
WHERE excluded.is_failed AND NOT daily_sample.is_failed
-- A new sample, or one that has failed now: what daily_station counts.
RETURNING day, station, (xmax = 0)::int, is_failed::int

-- name: count_stations
INSERT INTO daily_station (day, station, samples, failed)
SELECT * FROM unnest(%(day)b::date[], %(station)b::text[], %(samples)b::int8[], %(failed)b::int8[])
ON CONFLICT (day, station) DO UPDATE SET samples = daily_station.samples + excluded.samples,
    failed = daily_station.failed + excluded.failed

-- name: note_devices
-- An empty state says nothing about it. Of two states of one stream the later event's is the newer one, whatever its
-- time; of two streams, the later time's.
INSERT INTO device (station, name, adapter, profile, state, reason, state_at, state_stream, state_sequence,
    clock_skew_s, last_result_at, last_reading_at)
SELECT station, name, coalesce(adapter, ''), coalesce(profile, ''), coalesce(state, 'unknown'), coalesce(reason, ''),
    state_at, state_stream, state_sequence, clock_skew_s, last_result_at, last_reading_at
FROM unnest(%(station)b::text[], %(name)b::text[], %(adapter)b::text[], %(profile)b::text[], %(state)b::text[],
    %(reason)b::text[], %(state_at)b::timestamptz[], %(state_stream)b::uuid[], %(state_sequence)b::int8[],
    %(clock_skew_s)b::float8[], %(last_result_at)b::timestamptz[],
    %(last_reading_at)b::timestamptz[])
    AS news (station, name, adapter, profile, state, reason, state_at, state_stream, state_sequence, clock_skew_s,
        last_result_at, last_reading_at)
ON CONFLICT (station, name) DO UPDATE SET
    adapter = coalesce(nullif(excluded.adapter, ''), device.adapter),
    profile = coalesce(nullif(excluded.profile, ''), device.profile),
    (state, reason, state_at, state_stream, state_sequence) = (
        SELECT newer.state, newer.reason, newer.state_at, newer.state_stream, newer.state_sequence
        FROM (VALUES
            (true, excluded.state, excluded.reason, excluded.state_at, excluded.state_stream, excluded.state_sequence),
            (false, device.state, device.reason, device.state_at, device.state_stream, device.state_sequence)
        ) AS newer (is_news, state, reason, state_at, state_stream, state_sequence)
        WHERE newer.is_news = coalesce(
            CASE WHEN excluded.state_stream = device.state_stream THEN excluded.state_sequence > device.state_sequence
            ELSE excluded.state_at >= coalesce(device.state_at, '-infinity') END, false)
    ),
    clock_skew_s = coalesce(excluded.clock_skew_s, device.clock_skew_s),
    last_result_at = greatest(device.last_result_at, excluded.last_result_at),
    last_reading_at = greatest(device.last_reading_at, excluded.last_reading_at)

-- name: lock_streams
SELECT id, station, through, head, highest, gap_since, signed_through, broken_at, folds, began_at, forked_at
FROM stream WHERE id = ANY (%(ids)b::uuid[]) ORDER BY id FOR NO KEY UPDATE

-- name: read_streams
SELECT id, station, through, head, highest, gap_since, signed_through, broken_at, folds, began_at, forked_at
FROM stream WHERE id = ANY (%(ids)b::uuid[])

-- name: links_above
-- What was stored above a hole that is being filled now, in pieces.
SELECT sequence, previous, hash, CASE WHEN type = 'shian.checkpoint.v1' THEN body END FROM event
WHERE stream = %(stream)b AND sequence > %(through)b
UNION ALL
SELECT sequence, NULL, hash, NULL FROM accounted WHERE stream = %(stream)b AND sequence > %(through)b
    AND NOT EXISTS (SELECT FROM event WHERE event.stream = %(stream)b AND event.sequence = accounted.sequence)
ORDER BY sequence LIMIT 2000

-- name: add_recorded_again
INSERT INTO recorded_again (original, event)
SELECT * FROM unnest(%(original)b::uuid[], %(event)b::uuid[])
ON CONFLICT DO NOTHING

-- name: add_given_up
INSERT INTO given_up (stream, event, station) VALUES (%(stream)b, %(event)b, %(station)b) ON CONFLICT DO NOTHING

-- name: account
INSERT INTO accounted (stream, sequence, hash, event, at)
SELECT %(stream)b::uuid, sequence, hash, %(event)b::uuid, %(now)b::timestamptz
FROM unnest(%(sequences)b::int8[], %(hashes)b::bytea[]) AS named (sequence, hash)
ON CONFLICT DO NOTHING

-- name: hash_at
SELECT hash FROM event WHERE stream = %(stream)b AND sequence = %(sequence)b
UNION ALL
SELECT hash FROM accounted WHERE stream = %(stream)b AND sequence = %(sequence)b
LIMIT 1

-- name: move_streams
UPDATE stream SET through = new.through, head = new.head, highest = new.highest, gap_since = new.gap_since,
    signed_through = new.signed_through, broken_at = new.broken_at, last_event_at = %(now)b
FROM unnest(%(id)b::uuid[], %(through)b::int8[], %(head)b::bytea[], %(highest)b::int8[], %(gap_since)b::timestamptz[],
    %(signed_through)b::int8[], %(broken_at)b::int8[])
    AS new (id, through, head, highest, gap_since, signed_through, broken_at)
WHERE stream.id = new.id

-- name: pinned_keys
SELECT name, public_key FROM station WHERE name = ANY (%(names)b) ORDER BY name FOR NO KEY UPDATE

-- name: was_key
-- Was this the station's key when the event came?
SELECT true FROM station_key JOIN event ON event.stream = %(stream)b AND event.sequence = %(sequence)b
WHERE station_key.station = %(station)b AND station_key.key = %(key)b
    AND (valid_from IS NULL OR event.received_at >= valid_from) AND event.received_at < valid_to

-- name: note_stations
-- They are locked already.
UPDATE station SET last_event_at = %(now)b WHERE name = ANY (%(names)b)

-- name: pin_key
UPDATE station SET public_key = %(public_key)b WHERE name = %(name)b

-- name: note_status
-- The station's state as it was before, so that only a change of it makes news, and whether this status is taken. One
-- that the broker had kept may be old: an `online` says something only where nothing is known, an `offline` once. A last
-- will knows of no repeats.
WITH before AS (
    SELECT name, state FROM station WHERE name = %(name)b AND standing = 'enrolled' FOR NO KEY UPDATE
), taken AS (
    INSERT INTO station_status (station, received_at, said_at, state, body)
    SELECT name, now(), %(said_at)b, %(state)b, %(body)b FROM before
    ON CONFLICT (station) DO UPDATE SET received_at = excluded.received_at, said_at = excluded.said_at,
        state = excluded.state,
        body = CASE WHEN excluded.state = 'online' THEN excluded.body ELSE station_status.body END
    WHERE NOT %(is_retained)b OR (excluded.state = 'offline'
        AND (station_status.state, station_status.said_at) IS DISTINCT FROM (excluded.state, excluded.said_at))
    RETURNING station
), moved AS (
    UPDATE station SET state = %(state)b, state_at = %(at)b, waiting = %(waiting)b,
        repeats = coalesce(%(repeats)b, station.repeats),
        version = coalesce(nullif(%(version)b, ''), station.version)
    FROM taken WHERE station.name = taken.station
)
SELECT before.state, EXISTS (SELECT FROM taken) FROM before

-- name: add_event_media
INSERT INTO event_media (station, key, hash, recorded_at)
SELECT * FROM unnest(%(station)b::text[], %(key)b::uuid[], %(hash)b::bytea[], %(recorded_at)b::timestamptz[])
ON CONFLICT (station, key, hash) DO NOTHING

-- name: media_there
-- Those that are at the centre already: no upload will tell of them any more.
SELECT new.station, encode(new.hash, 'hex'), new.device, new.key, media.type
FROM unnest(%(station)b::text[], %(hash)b::bytea[], %(device)b::text[], %(key)b::uuid[])
    AS new (station, hash, device, key)
JOIN media USING (station, hash) WHERE media.stored_at IS NOT NULL AND media.retired_at IS NULL

-- name: add_media
-- The first event that names a hash is kept; all that do are in event_media.
INSERT INTO media (station, hash, device, event, key, recorded_at)
SELECT * FROM unnest(%(station)b::text[], %(hash)b::bytea[], %(device)b::text[], %(event)b::uuid[], %(key)b::uuid[],
    %(recorded_at)b::timestamptz[])
ON CONFLICT (station, hash) DO NOTHING

-- name: lock_stations
-- Not their rows: this is asked for at the beginning of a batch, and rows are locked at its end.
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT hashtextextended('streams of ' || name, 0) AS key FROM unnest(%(names)b::text[]) AS name
      ORDER BY key) AS keys

-- name: stations_with_more
-- Those that have more than one stream, and whether each is known to fold.
SELECT station, bool_or(folds) FROM stream WHERE station = ANY (%(names)b) GROUP BY station HAVING count(*) > 1

-- name: begin_folding
-- Waits for whoever moves a head of these stations now: what they store is there when the claims are read.
UPDATE stream SET folds = true
FROM (SELECT id FROM stream WHERE station = ANY (%(names)b) ORDER BY id FOR NO KEY UPDATE) AS locked
WHERE stream.id = locked.id AND NOT stream.folds

-- name: claim_results
INSERT INTO claim (station, mark, event, stream, is_disputed)
SELECT DISTINCT ON (result.station, result.identity)
    result.station, result.identity, result.event, event.stream, false
FROM result JOIN event ON event.id = result.event
WHERE result.station = ANY (%(names)b)
ORDER BY result.station, result.identity, event.received_at, event.sequence
ON CONFLICT DO NOTHING

-- name: claim_likenesses
-- As storage.repeats.likeness_of.
INSERT INTO claim (station, mark, event, stream, is_disputed)
SELECT DISTINCT ON (station, mark) station, mark, event, stream, false
FROM (
    SELECT result.station, result.event, event.stream, event.received_at, event.sequence,
        substr(sha256(convert_to(concat_ws(E'\x1f', result.device, result.item, result.sample,
            coalesce(result.channel::text, ''), result.value_text, coalesce(result.device_verdict, '')), 'UTF8')), 1, 24)
            AS mark
    FROM result JOIN event ON event.id = result.event
    WHERE result.station = ANY (%(names)b) AND position('no_identity' IN result.flags) > 0
) AS alike
ORDER BY station, mark, received_at, sequence
ON CONFLICT DO NOTHING

-- name: lock_folds
-- Whoever records something again waits for all others of its station, and they for it: of an event and its repeat that
-- come at once, one sees the other.
SELECT CASE WHEN alone THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
FROM (
    SELECT hashtextextended('fold/' || station, 0) AS key, alone
    FROM unnest(%(stations)b::text[], %(alone)b::bool[]) AS wanted (station, alone) ORDER BY station
) AS ordered

-- name: add_claims
INSERT INTO claim (station, mark, event, stream, is_disputed)
SELECT * FROM unnest(%(station)b::text[], %(mark)b::bytea[], %(event)b::uuid[], %(stream)b::uuid[],
    %(is_disputed)b::bool[]) AS new (station, mark, event, stream, is_disputed) ORDER BY 1, 2
ON CONFLICT DO NOTHING

-- name: claims
SELECT station, mark, event, stream, is_disputed FROM claim
WHERE (station, mark) IN (SELECT * FROM unnest(%(station)b::text[], %(mark)b::bytea[]))

-- name: bodies
SELECT id, station, body FROM event WHERE id = ANY (%(ids)b::uuid[])
UNION ALL
SELECT id, station, body FROM disputed WHERE id = ANY (%(ids)b::uuid[])

-- name: folded_into
SELECT event, into_event FROM folded WHERE event = ANY (%(ids)b::uuid[])

-- name: add_folded
INSERT INTO folded (event, into_event, station, at)
SELECT event, into_event, station, %(now)b
FROM unnest(%(event)b::uuid[], %(into_event)b::uuid[], %(station)b::text[]) AS new (event, into_event, station)

-- name: add_disputed
INSERT INTO disputed (id, stream, sequence, station, device, type, recorded_at, received_at, hash, body)
SELECT id, stream, sequence, station, device, type, recorded_at, %(now)b, hash, body
FROM unnest(%(id)b::uuid[], %(stream)b::uuid[], %(sequence)b::int8[], %(station)b::text[], %(device)b::text[],
    %(type)b::text[], %(recorded_at)b::timestamptz[], %(hash)b::bytea[], %(body)b::bytea[])
    AS new (id, stream, sequence, station, device, type, recorded_at, hash, body)
ON CONFLICT DO NOTHING
RETURNING id

-- name: add_breaks
INSERT INTO stream_break (stream, sequence, kind)
SELECT * FROM unnest(%(stream)b::uuid[], %(sequence)b::int8[], %(kind)b::text[])
ON CONFLICT DO NOTHING

-- name: breaks_known
SELECT DISTINCT stream, kind FROM stream_break WHERE stream = ANY (%(ids)b::uuid[])

-- name: first_breaks
-- The first link of each stream that does not hold. What was broken before breaks were kept counts as a link.
SELECT stream.id, coalesce(min(link.sequence), min(stream.broken_at))
FROM stream LEFT JOIN stream_break AS link ON link.stream = stream.id AND link.kind = 'link'
WHERE stream.id = ANY (%(ids)b::uuid[])
    AND (link.sequence IS NOT NULL OR NOT EXISTS (SELECT FROM stream_break WHERE stream_break.stream = stream.id))
GROUP BY stream.id

-- name: newest_streams
-- The stream of each station that began last, by the station's own time.
SELECT DISTINCT ON (station) station, id, began_at FROM stream
WHERE station = ANY (%(names)b) AND began_at IS NOT NULL ORDER BY station, began_at DESC, id DESC

-- name: stream_began
UPDATE stream SET began_at = greatest(began_at, %(began_at)b), forked_at = CASE WHEN %(is_told)b THEN NULL ELSE forked_at END
WHERE id = %(id)b

-- name: stream_forked
UPDATE stream SET forked_at = least(forked_at, %(forked_at)b) WHERE id = %(id)b

-- name: stream_facts
SELECT through, highest FROM stream WHERE id = %(id)b AND station = %(station)b

-- name: station_counts
SELECT (SELECT count(*) FROM disputed WHERE station = %(station)b), (SELECT count(*) FROM folded WHERE station = %(station)b)

-- name: live_keys
SELECT key FROM alert WHERE key = ANY (%(keys)b::text[]) AND state IN ('open', 'acknowledged', 'in_progress')

-- name: note_facts
UPDATE alert SET facts = facts || %(facts)b::jsonb WHERE key = %(key)b AND state IN ('open', 'acknowledged', 'in_progress')

-- name: replaced_alert
SELECT key FROM alert
WHERE rule = 'stream_replaced' AND station = %(station)b AND facts ->> 'before' = %(before)b
    AND state IN ('open', 'acknowledged', 'in_progress')

-- name: note_takeovers
UPDATE station SET takeovers = %(takeovers)b
FROM (SELECT name, takeovers FROM station WHERE name = %(name)b FOR NO KEY UPDATE) AS before
WHERE station.name = before.name
RETURNING before.takeovers
