-- name: head
-- Where "now" is: the newest row that no running transaction can come before.
SELECT xid::text::bigint AS xid, position FROM feed WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY feed.xid DESC, position DESC LIMIT 1

-- name: after
-- `is_settled`: no transaction that is still running can put a row before this one.
SELECT xid::text::bigint AS xid, position, items, xid < pg_snapshot_xmin(pg_current_snapshot()) AS is_settled
FROM feed
WHERE (xid, position) > (%(xid)s::text::xid8, %(position)s)
ORDER BY xid, position
LIMIT %(limit)s

-- name: between
SELECT xid::text::bigint AS xid, position, items, true AS is_settled
FROM feed
WHERE (xid, position) > (%(xid)s::text::xid8, %(position)s)
  AND (xid, position) <= (%(to_xid)s::text::xid8, %(to_position)s)
ORDER BY xid, position
LIMIT %(limit)s

-- name: is_stale
-- A cursor before the mark that pruning leaves has missed rows; one beyond every transaction is of another database.
SELECT EXISTS (SELECT FROM (SELECT xid, position, items FROM feed ORDER BY xid, position LIMIT 1) AS oldest
               WHERE oldest.items = '[]' AND (%(xid)s::text::xid8, %(position)s) < (oldest.xid, oldest.position))
    OR %(xid)s::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) AS is_stale

-- name: prune
-- The newest of the old rows stays, empty: the mark up to which rows are gone.
WITH mark AS (
    SELECT xid, position FROM feed
    WHERE at < now() - make_interval(secs => %(retention_s)s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid DESC, position DESC LIMIT 1
), emptied AS (
    UPDATE feed SET items = '[]' FROM mark
    WHERE (feed.xid, feed.position) = (mark.xid, mark.position) AND feed.items <> '[]'
)
DELETE FROM feed USING mark WHERE (feed.xid, feed.position) < (mark.xid, mark.position)

-- name: forget_foreign
-- Rows of a dump that was restored into another cluster: their transaction numbers mean nothing here.
DELETE FROM feed WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())

-- name: publish
INSERT INTO feed (items) VALUES (%(items)s)

-- name: notify
SELECT pg_notify('shian_feed', '')
