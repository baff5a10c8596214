-- name: changes
SELECT (SELECT coalesce(max(id), 0) FROM district_change)
    + (SELECT coalesce(max(id), 0) FROM analyte_limit_history)
    + (SELECT coalesce(max(id), 0) FROM camera_layout) AS changes

-- name: stations
SELECT name FROM station WHERE standing = 'enrolled' ORDER BY name
