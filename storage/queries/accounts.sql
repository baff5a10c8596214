-- name: add
INSERT INTO account (id, name, title, password, identity)
VALUES (%(id)s, %(name)s, %(title)s, %(password)s, %(identity)s)
ON CONFLICT DO NOTHING RETURNING id

-- name: has_any
SELECT EXISTS (SELECT FROM account)

-- name: by_name
SELECT id, name FROM account WHERE lower(name) = lower(%(name)s)

-- name: clear_roles
DELETE FROM account_role WHERE account = %(account)s

-- name: add_role
INSERT INTO account_role (account, role, area) VALUES (%(account)s, %(role)s, %(area)s) ON CONFLICT DO NOTHING

-- name: unknown_areas
SELECT code FROM unnest(%(areas)s::text[]) AS code WHERE code NOT IN (SELECT area.code FROM area)

-- name: lock
-- Two transactions that each end the other's administrator, or make the first account, follow each other.
SELECT pg_advisory_xact_lock(6001130)

-- name: administrators_but
-- Administrators of the whole district who can sign in, without this account.
SELECT a.id FROM account a JOIN account_role r ON r.account = a.id
WHERE r.role = 'administrator' AND r.area IS NULL AND a.is_enabled AND a.id <> %(account)s

-- name: enable
UPDATE account SET is_enabled = %(is_enabled)s, failed = 0, locked_until = NULL WHERE id = %(account)s

-- name: set_password
UPDATE account SET password = %(password)s, failed = 0, locked_until = NULL WHERE id = %(account)s

-- name: clear_totp
UPDATE account SET totp = NULL WHERE id = %(account)s

-- name: end_sessions
DELETE FROM session WHERE account = %(account)s AND id IS DISTINCT FROM %(but)s

-- name: end_tokens
UPDATE api_token SET ended_at = now() WHERE account = %(account)s AND ended_at IS NULL

-- name: keep_secret
INSERT INTO one_time (hash, purpose, account, facts, expires_at)
VALUES (%(hash)s, %(purpose)s, %(account)s, %(facts)s, now() + make_interval(secs => %(for_s)s))

-- name: use_secret
DELETE FROM one_time WHERE hash = %(hash)s AND purpose = %(purpose)s AND expires_at > now() RETURNING account, facts

-- name: forget_secrets
DELETE FROM one_time WHERE purpose = %(purpose)s OR expires_at < now()

-- name: add_token
INSERT INTO api_token (id, account, name, hash, scopes, expires_at)
VALUES (%(id)s, %(account)s, %(name)s, %(hash)s, %(scopes)s, now() + make_interval(secs => %(for_s)s))

-- name: was_forgotten
SELECT 1 FROM deed WHERE action = 'account_forgotten' AND facts::jsonb ->> 'name_sha256' = %(hash)s LIMIT 1
