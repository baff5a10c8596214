-- name: enrol_station
INSERT INTO station (name, title, title_en, area, kind, latitude, longitude, public_key)
VALUES (%(name)s, %(title)s, %(title_en)s, %(area)s, %(kind)s, %(latitude)s, %(longitude)s, %(public_key)s)
ON CONFLICT (name) DO NOTHING
RETURNING name

-- name: pinned_key
SELECT public_key FROM station WHERE name = %(name)s FOR UPDATE

-- name: pin_key
UPDATE station SET public_key = %(public_key)s WHERE name = %(name)s
