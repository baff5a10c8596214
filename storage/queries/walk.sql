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
-- A stream in order, each event beside its typed row: the columns of RESULT, SAMPLE, READING and CAMERA_EVENT in
-- storage.tables.
SELECT event.sequence, event.id, event.station, event.device, event.type, event.recorded_at, event.received_at,
    event.previous, event.hash, event.body,
    result.event, result.recorded_at, result.station, result.device, result.received_at, result.measured_at,
    result.measured_at_text, result.adapter, result.profile, result.identity, result.item, result.item_name,
    result.role, result.origin, result.sample, result.commodity, result.stall, result.vendor, result.run,
    result.channel, result.record, result.method, result.standard, result.value, result.value_text, result.unit,
    result.verdict, result.decided_verdict, result.device_verdict, result.decided_by, result.operator,
    result.is_retest, result.flags,
    sample.event, sample.recorded_at, sample.station, sample.number, sample.code, sample.commodity, sample.stall,
    sample.vendor, sample.sampled_at, sample.flags,
    reading.event, reading.recorded_at, reading.station, reading.device, reading.quantity, reading.value, reading.unit,
    reading.measured_at, reading.channel, reading.flags,
    camera_event.event, camera_event.recorded_at, camera_event.station, camera_event.device, camera_event.key,
    camera_event.phase, camera_event.kind, camera_event.zone, camera_event.evidence, camera_event.flags,
    folded.into_event
FROM event
LEFT JOIN result
    ON event.type = 'shian.result.v1' AND result.event = event.id AND result.recorded_at = event.recorded_at
LEFT JOIN sample
    ON event.type = 'shian.sample.v1' AND sample.event = event.id AND sample.recorded_at = event.recorded_at
LEFT JOIN reading
    ON event.type = 'shian.reading.v1' AND reading.event = event.id AND reading.recorded_at = event.recorded_at
LEFT JOIN camera_event
    ON event.type = 'shian.camera.v1' AND camera_event.event = event.id
    AND camera_event.recorded_at = event.recorded_at
LEFT JOIN folded ON folded.event = event.id
WHERE event.stream = %(stream)s ORDER BY event.sequence

-- name: keys
-- Every key that was ever a station's: an old checkpoint was signed with the key of its day.
SELECT name, public_key FROM station WHERE public_key IS NOT NULL
UNION
SELECT subject, detail ->> key FROM audit, unnest(ARRAY['public_key', 'before', 'after']) AS key
WHERE action IN ('station_enrolled', 'key_pinned') AND detail ->> key IS NOT NULL

-- name: refused
-- What was refused as a second body under one number, or as one event under a second number.
SELECT station, stream, sequence, reason, 'in quarantine: ' || detail FROM quarantine
WHERE reason IN ('forked', 'replayed')
UNION ALL
SELECT station, stream, sequence, 'forked', 'disputed: the event ' || id FROM disputed
WHERE NOT EXISTS (SELECT FROM quarantine WHERE quarantine.hash = disputed.hash AND reason = 'forked')
ORDER BY 1, 2, 3

-- name: disputed
-- Each disputed event as `links` has an event, beside its row in result.
SELECT disputed.stream, disputed.sequence, disputed.id, disputed.station, disputed.device, disputed.type,
    disputed.recorded_at, disputed.received_at, disputed.hash, disputed.hash, disputed.body,
    result.event, result.recorded_at, result.station, result.device, result.received_at, result.measured_at,
    result.measured_at_text, result.adapter, result.profile, result.identity, result.item, result.item_name,
    result.role, result.origin, result.sample, result.commodity, result.stall, result.vendor, result.run,
    result.channel, result.record, result.method, result.standard, result.value, result.value_text, result.unit,
    result.verdict, result.decided_verdict, result.device_verdict, result.decided_by, result.operator,
    result.is_retest, result.flags,
    folded.into_event
FROM disputed
LEFT JOIN result ON result.event = disputed.id AND result.recorded_at = disputed.recorded_at
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
    SELECT station, 'result' AS name, event FROM result
    UNION ALL SELECT station, 'sample', event FROM sample
    UNION ALL SELECT station, 'reading', event FROM reading
    UNION ALL SELECT station, 'camera_event', event FROM camera_event
) AS typed
WHERE NOT EXISTS (SELECT FROM event WHERE event.id = typed.event)
    AND NOT EXISTS (SELECT FROM disputed WHERE disputed.id = typed.event)
ORDER BY 1, 2, 3

-- name: hash_at
SELECT hash FROM event WHERE stream = %(stream)s AND sequence = %(sequence)s

-- name: limits
SELECT code, comparison, value FROM analyte_limit
