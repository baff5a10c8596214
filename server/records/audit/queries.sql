-- name: list
SELECT event, recorded_at, actor, actor_kind, account, address, action, subject, place AS station, why, facts::jsonb AS facts
FROM deed
WHERE {where}

-- name: limits_told
-- How far the history of the limits was told by deeds, and how far it is.
SELECT (
    SELECT (facts::jsonb ->> 'through')::bigint FROM deed WHERE action = 'limits_changed'
    ORDER BY recorded_at DESC, event DESC LIMIT 1
), (SELECT max(id) FROM analyte_limit_history)

-- name: limit_changes
SELECT id, at, action, actor, code, value, unit, valid_from, valid_to FROM analyte_limit_history
WHERE id > %(after)s ORDER BY id LIMIT 50
