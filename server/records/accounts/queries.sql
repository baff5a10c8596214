-- name: list
SELECT a.id, a.name, a.title, a.is_enabled, a.created_at, coalesce(a.locked_until > now(), false) AS is_locked,
       a.password IS NOT NULL AS has_password, a.totp IS NOT NULL AS has_code, a.identity,
       coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'area', area) ORDER BY role, area)
                 FROM account_role WHERE account = a.id), '[]') AS roles,
       (SELECT max(seen_at) FROM session WHERE account = a.id) AS seen_at
FROM account a
WHERE {where}
