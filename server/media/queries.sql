-- name: station_key
SELECT public_key, now() AS now FROM station WHERE name = %(station)s

-- name: expected
SELECT device, key, stored_at IS NOT NULL AS is_stored FROM media
WHERE station = %(station)s AND hash = %(hash)s

-- name: stored
UPDATE media SET type = %(type)s, size = %(size)s, stored_at = now() WHERE station = %(station)s AND hash = %(hash)s

-- name: by_hash
SELECT station, device, key, type, size FROM media WHERE hash = %(hash)s AND stored_at IS NOT NULL
ORDER BY stored_at LIMIT 1

-- name: audit
INSERT INTO audit (id, actor, action, subject, detail)
VALUES (%(id)s, %(actor)s, %(action)s, %(subject)s, %(detail)s::jsonb)
