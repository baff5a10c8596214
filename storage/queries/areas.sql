-- name: add
INSERT INTO area (code, parent, name, name_en) VALUES (%(code)s, %(parent)s, %(name)s, %(name_en)s)
ON CONFLICT (code) DO NOTHING

-- name: ensure
INSERT INTO area (code, parent, name, name_en) VALUES (%(code)s, %(parent)s, %(name)s, %(name_en)s)
ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, name = excluded.name, name_en = excluded.name_en
WHERE (area.parent, area.name, area.name_en) IS DISTINCT FROM (excluded.parent, excluded.name, excluded.name_en)

-- name: has
SELECT 1 FROM area WHERE code = %(code)s

-- name: lock
SELECT name FROM area WHERE code = %(code)s FOR UPDATE

-- name: rename
UPDATE area SET name = coalesce(%(name)s, name), name_en = coalesce(%(name_en)s, name_en) WHERE code = %(code)s

-- name: codes
SELECT code FROM area ORDER BY code
