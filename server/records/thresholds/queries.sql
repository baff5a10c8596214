-- name: now
SELECT now() AS at
