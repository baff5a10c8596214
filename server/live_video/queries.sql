-- name: open
INSERT INTO open_view (id, who, station, camera, mode, began_at)
VALUES (%(id)s, %(who)s, %(station)s, %(camera)s, %(mode)s, %(began_at)s)

-- name: close
DELETE FROM open_view WHERE id = %(id)s

-- name: show
UPDATE open_view SET shown_at = now() WHERE id = ANY(%(ids)s)

-- name: take_left
DELETE FROM open_view WHERE id IN (
    SELECT id FROM open_view WHERE shown_at < now() - %(after)s::interval FOR UPDATE SKIP LOCKED LIMIT 100
)
RETURNING id, who, station, camera, mode, began_at, shown_at
