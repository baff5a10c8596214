-- Events whose data is not understood yet.

-- name: add
INSERT INTO not_understood (event, stream, sequence, station, topic, type, why, hash, size, received_at, tried)
SELECT event, stream, sequence, station, topic, type, why, hash, size, %(now)b::timestamptz, ARRAY[%(tried)b::text]
FROM unnest(%(event)b::uuid[], %(stream)b::uuid[], %(sequence)b::int8[], %(station)b::text[], %(topic)b::text[],
    %(type)b::text[], %(why)b::text[], %(hash)b::bytea[], %(size)b::int4[])
    AS new (event, stream, sequence, station, topic, type, why, hash, size)

-- name: waiting
-- In the order in which they came, and in that of their streams.
SELECT waiting.event, waiting.topic, event.body, event.received_at
FROM not_understood AS waiting JOIN event ON event.id = waiting.event
WHERE waiting.understood_at IS NULL AND NOT waiting.tried @> ARRAY[%(tried)s::text]
ORDER BY waiting.received_at, waiting.stream, waiting.sequence LIMIT %(most)s FOR UPDATE OF waiting SKIP LOCKED

-- name: understood
UPDATE not_understood SET tried = tried || %(tried)s::text,
    understood_at = CASE WHEN event = ANY (%(ids)s::uuid[]) THEN %(now)s::timestamptz END
WHERE event = ANY (%(ids)s::uuid[] || %(others)s::uuid[])

-- name: over
-- Live alerts of stations of which nothing waits any more.
SELECT alert.id, alert.station, alert.severity, alert.opened_at FROM alert
WHERE alert.rule = 'not_understood' AND alert.state IN ('open', 'acknowledged', 'in_progress')
    AND NOT EXISTS (SELECT FROM not_understood AS waiting
        WHERE waiting.station = alert.station AND waiting.understood_at IS NULL)
ORDER BY alert.key FOR NO KEY UPDATE OF alert
