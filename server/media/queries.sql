-- name: station_key
SELECT public_key, now() AS now FROM station WHERE name = %(station)s AND standing = 'enrolled'

-- name: expected
-- A file that was deleted by age is wanted again when an event names it that is not so old. Beside it what the station has
-- brought in this hour, and for how long that lasts.
SELECT device, key, stored_at IS NOT NULL AND (retired_at IS NULL OR NOT EXISTS (
        SELECT FROM event_media WHERE (event_media.station, event_media.hash) = (media.station, media.hash)
            AND event_media.recorded_at >= media.retired_at - make_interval(days => %(days)s))) AS is_stored, coalesce((
        SELECT used FROM budget WHERE budget.station = media.station AND kind = 'uploads'
            AND hour = date_trunc('hour', now(), 'UTC')), 0) AS used,
    extract(epoch FROM date_trunc('hour', now(), 'UTC') + interval '1 hour' - now())::int AS hour_left_s
FROM media
WHERE station = %(station)s AND hash = %(hash)s

-- name: count
INSERT INTO budget (station, hour, kind, used, above)
VALUES (%(station)s, date_trunc('hour', now(), 'UTC'), 'uploads', %(used)s, %(above)s)
ON CONFLICT (station, hour, kind) DO UPDATE SET used = budget.used + excluded.used, above = budget.above + excluded.above

-- name: stored
UPDATE media SET type = %(type)s, size = %(size)s, stored_at = now(), retired_at = NULL
WHERE station = %(station)s AND hash = %(hash)s AND (stored_at IS NULL OR retired_at IS NOT NULL)

-- name: keys
-- The events that a station's picture or clip belongs to; the newest, which somebody may be looking at.
SELECT key FROM event_media WHERE station = %(station)s AND hash = %(hash)s ORDER BY recorded_at DESC LIMIT 50

-- name: by_hash
SELECT station, device, key, type, size FROM media WHERE hash = %(hash)s AND stored_at IS NOT NULL AND retired_at IS NULL
    AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
ORDER BY stored_at LIMIT 1

-- name: old
-- One that several events name is as old as the newest of them.
SELECT DISTINCT encode(hash, 'hex') AS hash, now() AS at FROM (
    SELECT hash FROM media
    WHERE stored_at IS NOT NULL AND retired_at IS NULL AND recorded_at < now() - make_interval(days => %(days)s)
        AND NOT EXISTS (
            SELECT FROM media AS other JOIN event_media USING (station, hash)
            WHERE other.hash = media.hash AND event_media.recorded_at >= now() - make_interval(days => %(days)s)
        )
    ORDER BY recorded_at LIMIT 100
) AS old

-- name: retire
-- Whatever was brought in since they were looked for is there.
WITH retired AS (
    UPDATE media SET retired_at = now()
    WHERE hash = ANY(%(hashes)s) AND retired_at IS NULL AND stored_at <= %(at)s
    RETURNING hash, station
)
SELECT encode(hash, 'hex') AS hash, array_agg(station ORDER BY station) AS stations FROM retired GROUP BY 1 ORDER BY 1

-- name: attachments_of
SELECT count(*) AS count, coalesce(bool_or(hash = %(hash)s), false) AS is_there FROM alert_attachment
WHERE alert = %(alert)s

-- name: attach
INSERT INTO alert_attachment (alert, hash, name, type, size, at, actor, account)
VALUES (%(alert)s, %(hash)s, %(name)s, %(type)s, %(size)s, clock_timestamp(), %(actor)s, %(account)s)
ON CONFLICT (alert, hash) DO NOTHING

-- name: attachment
SELECT a.station, f.name, f.type, f.size FROM alert_attachment f JOIN alert a ON a.id = f.alert
WHERE f.alert = %(alert)s AND f.hash = %(hash)s AND (%(reach)s::text[] IS NULL OR a.station = ANY(%(reach)s))
