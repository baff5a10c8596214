-- What ingest asks and writes in its one transaction. Rows that many transactions change are locked in one order
-- everywhere: daily_sample, daily_result, daily_station, device, stream, station, alert; each by key.

-- name: now
-- The database's clock at the start of the transaction. Ingest has no other "now": whatever is compared here was stamped
-- here, so that a wrong clock on ingest's machine delays no delivery and ends no alert.
SELECT now()

-- name: stations
SELECT name FROM station

-- name: stations_known
SELECT name FROM station WHERE name = ANY (%(names)b)

-- name: limits
SELECT code, item, commodity, standard, is_only_for_standard, comparison, value, unit, valid_from, valid_to, source
FROM analyte_limit

-- name: add_streams
INSERT INTO stream (id, station, created_at)
SELECT id, station, %(now)b FROM unnest(%(ids)b::uuid[], %(stations)b::text[]) AS new (id, station) ORDER BY id
ON CONFLICT (id) DO NOTHING
RETURNING id

-- name: streams_owned
SELECT id, station FROM stream WHERE id = ANY (%(ids)b::uuid[])

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
INSERT INTO quarantine (id, received_at, topic, station, stream, sequence, reason, detail, hash, body)
SELECT * FROM unnest(%(id)b::uuid[], %(received_at)b::timestamptz[], %(topic)b::text[], %(station)b::text[],
    %(stream)b::uuid[], %(sequence)b::int8[], %(reason)b::text[], %(detail)b::text[], %(hash)b::bytea[],
    %(body)b::bytea[])
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
    clock_skew_s, last_result_at)
SELECT station, name, coalesce(adapter, ''), coalesce(profile, ''), coalesce(state, 'unknown'), coalesce(reason, ''),
    state_at, state_stream, state_sequence, clock_skew_s, last_result_at
FROM unnest(%(station)b::text[], %(name)b::text[], %(adapter)b::text[], %(profile)b::text[], %(state)b::text[],
    %(reason)b::text[], %(state_at)b::timestamptz[], %(state_stream)b::uuid[], %(state_sequence)b::int8[],
    %(clock_skew_s)b::float8[], %(last_result_at)b::timestamptz[])
    AS news (station, name, adapter, profile, state, reason, state_at, state_stream, state_sequence, clock_skew_s,
        last_result_at)
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
    last_result_at = greatest(device.last_result_at, excluded.last_result_at)

-- name: lock_streams
SELECT id, station, through, head, highest, gap_since, signed_through, broken_at FROM stream
WHERE id = ANY (%(ids)b::uuid[]) ORDER BY id FOR NO KEY UPDATE

-- name: read_streams
SELECT id, station, through, head, highest, gap_since, signed_through, broken_at FROM stream
WHERE id = ANY (%(ids)b::uuid[])

-- name: links_above
-- What was stored above a hole that is being filled now, in pieces.
SELECT sequence, previous, hash, CASE WHEN type = 'shian.checkpoint.v1' THEN body END FROM event
WHERE stream = %(stream)b AND sequence > %(through)b ORDER BY sequence LIMIT 2000

-- name: hash_at
SELECT hash FROM event WHERE stream = %(stream)b AND sequence = %(sequence)b

-- name: move_streams
UPDATE stream SET through = new.through, head = new.head, highest = new.highest, gap_since = new.gap_since,
    signed_through = new.signed_through, broken_at = new.broken_at, last_event_at = %(now)b
FROM unnest(%(id)b::uuid[], %(through)b::int8[], %(head)b::bytea[], %(highest)b::int8[], %(gap_since)b::timestamptz[],
    %(signed_through)b::int8[], %(broken_at)b::int8[])
    AS new (id, through, head, highest, gap_since, signed_through, broken_at)
WHERE stream.id = new.id

-- name: pinned_keys
SELECT name, public_key FROM station WHERE name = ANY (%(names)b) ORDER BY name FOR NO KEY UPDATE

-- name: note_stations
UPDATE station SET last_event_at = %(now)b
FROM (SELECT name FROM station WHERE name = ANY (%(names)b) ORDER BY name FOR NO KEY UPDATE) AS locked
WHERE station.name = locked.name

-- name: pin_key
UPDATE station SET public_key = %(public_key)b WHERE name = %(name)b

-- name: audit
INSERT INTO audit (id, at, actor, action, subject, detail) VALUES (%(id)b, %(at)b, '', %(action)b, %(subject)b, %(detail)b)

-- name: note_status
-- The station's state as it was before, so that only a change of it makes news, and whether this status is taken. One
-- that the broker had kept may be old: an `online` says something only where nothing is known, an `offline` once. A last
-- will knows of no repeats.
WITH before AS (
    SELECT name, state FROM station WHERE name = %(name)b FOR NO KEY UPDATE
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

-- name: add_media
-- The first event that names a hash is kept.
INSERT INTO media (station, hash, device, event, key, recorded_at)
SELECT * FROM unnest(%(station)b::text[], %(hash)b::bytea[], %(device)b::text[], %(event)b::uuid[], %(key)b::uuid[],
    %(recorded_at)b::timestamptz[])
ON CONFLICT (station, hash) DO NOTHING
