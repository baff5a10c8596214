-- Numbers of a stream that was given up: which of them were recorded again.

-- name: said
-- What the station said of the stream, in the exact bytes.
SELECT event.body FROM given_up
JOIN stream ON stream.id = given_up.stream AND stream.station = given_up.station
JOIN event ON event.id = given_up.event AND event.station = given_up.station
WHERE given_up.stream = %(stream)s ORDER BY event.stream, event.sequence

-- name: previous_at
SELECT previous FROM event WHERE stream = %(stream)s AND sequence = %(sequence)s

-- name: first_within
-- The first event of a run that is recorded again at all.
SELECT id, body FROM event
WHERE stream = %(stream)s AND sequence > %(after)s AND sequence <= %(last)s AND type <> 'shian.checkpoint.v1'
ORDER BY sequence LIMIT 1

-- name: again
SELECT event.body FROM recorded_again JOIN event ON event.id = recorded_again.event
WHERE recorded_again.original = %(original)s AND event.stream <> %(stream)s
    AND event.station = (SELECT station FROM stream WHERE id = %(stream)s)
