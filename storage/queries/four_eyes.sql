-- name: list
SELECT action, is_on FROM four_eyes ORDER BY action

-- name: is_on
SELECT is_on FROM four_eyes WHERE action = %(action)s

-- name: set
UPDATE four_eyes SET is_on = %(is_on)s WHERE action = %(action)s AND is_on <> %(is_on)s
