-- name: session
-- Who has the session, with roles. A screen has none of its own to manage: it came by a token.
SELECT CASE WHEN s.token IS NULL THEN s.id END AS session, a.id, a.name, a.title, coalesce(k.scopes, '{}') AS scopes,
       s.seen_at < now() - interval '1 minute' AS is_due,
       coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'area', area)) FROM account_role
                 WHERE account = a.id), '[]') AS grants
FROM session s JOIN account a ON a.id = s.account LEFT JOIN api_token k ON k.id = s.token
WHERE s.hash = %(hash)s AND a.is_enabled AND s.expires_at > now()
  AND s.seen_at > now() - make_interval(secs => %(idle_s)s)
  AND (s.token IS NULL OR (k.ended_at IS NULL AND k.expires_at > now()))

-- name: token
SELECT NULL::uuid AS session, a.id, a.name, a.title, k.scopes, k.id AS token,
       k.used_at IS NULL OR k.used_at < now() - interval '1 minute' AS is_due,
       coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'area', area)) FROM account_role
                 WHERE account = a.id), '[]') AS grants
FROM api_token k JOIN account a ON a.id = k.account
WHERE k.hash = %(hash)s AND a.is_enabled AND k.ended_at IS NULL AND k.expires_at > now()

-- name: session_seen
UPDATE session SET seen_at = now(), address = %(address)s WHERE hash = %(hash)s

-- name: token_seen
UPDATE api_token SET used_at = now() WHERE hash = %(hash)s

-- name: areas
SELECT code, parent FROM area

-- name: stations
SELECT name, area FROM station

-- name: has_any
SELECT EXISTS (SELECT FROM account) AS is_so

-- name: for_sign_in
-- Locked until the end of the transaction: guesses at one account follow each other.
SELECT id, name, password, totp, totp_step, failed, is_enabled,
       coalesce(locked_until > now(), false) AS is_locked
FROM account WHERE lower(name) = lower(%(name)s) FOR UPDATE

-- name: by_id
SELECT id, name, password, totp, totp_step, failed, is_enabled,
       coalesce(locked_until > now(), false) AS is_locked
FROM account WHERE id = %(account)s FOR UPDATE

-- name: by_identity
SELECT id, name, password, totp, totp_step, failed, is_enabled,
       coalesce(locked_until > now(), false) AS is_locked
FROM account WHERE identity = %(identity)s FOR UPDATE

-- name: failed
UPDATE account SET failed = failed + 1,
    locked_until = CASE WHEN failed + 1 >= %(most)s THEN now() + make_interval(secs => %(for_s)s) ELSE locked_until END
WHERE id = %(account)s

-- name: succeeded
UPDATE account SET failed = 0, locked_until = NULL, totp_step = greatest(totp_step, %(step)s) WHERE id = %(account)s

-- name: begin_session
INSERT INTO session (id, hash, account, token, address, agent, expires_at)
VALUES (%(id)s, %(hash)s, %(account)s, %(token)s, %(address)s, %(agent)s, now() + make_interval(secs => %(for_s)s))

-- name: end_session_of
DELETE FROM session WHERE hash = %(hash)s

-- name: end_session
DELETE FROM session WHERE id = %(id)s AND account = %(account)s

-- name: forget_old_sessions
DELETE FROM session WHERE expires_at < now() OR seen_at < now() - make_interval(secs => %(idle_s)s)

-- name: sessions
SELECT id, address, agent, created_at, seen_at, expires_at, id = %(session)s AS is_this_one
FROM session WHERE account = %(account)s AND expires_at > now() ORDER BY seen_at DESC

-- name: tokens
SELECT id, name, scopes, created_at, expires_at, used_at FROM api_token
WHERE account = %(account)s AND ended_at IS NULL AND expires_at > now() ORDER BY created_at DESC

-- name: end_token
UPDATE api_token SET ended_at = now() WHERE id = %(id)s AND account = %(account)s AND ended_at IS NULL

-- name: set_totp
UPDATE account SET totp = %(totp)s, totp_step = %(step)s WHERE id = %(account)s

-- name: factors
SELECT password IS NOT NULL AS has_password, totp IS NOT NULL AS has_code FROM account WHERE id = %(account)s

-- name: enabled
SELECT id, name, title, coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'area', area)) FROM account_role
                                  WHERE account_role.account = account.id), '[]') AS grants
FROM account WHERE is_enabled AND (%(account)s::uuid IS NULL OR id = %(account)s) ORDER BY name
