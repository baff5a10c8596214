-- name: account
SELECT id, name, title, EXISTS (
    SELECT FROM account_role WHERE account_role.account = account.id AND role = 'administrator' AND area IS NULL) AS is_administrator
FROM account WHERE lower(name) = lower(%(name)s) FOR UPDATE

-- name: sessions
DELETE FROM session WHERE account = %(account)s

-- name: tokens
DELETE FROM api_token WHERE account = %(account)s

-- name: secrets
DELETE FROM one_time WHERE account = %(account)s

-- name: roles
DELETE FROM account_role WHERE account = %(account)s

-- name: forget
UPDATE account SET name = %(pseudonym)s, title = '', password = NULL, totp = NULL, identity = NULL, is_enabled = false,
    failed = 0, locked_until = NULL
WHERE id = %(account)s

-- name: subscriptions
UPDATE subscription SET is_enabled = false, name = %(pseudonym)s, address = '', secret = ''
WHERE address = ANY(%(addresses)s) OR account = %(account)s

-- name: report_mails
UPDATE report_mail SET is_enabled = false, address = ''
WHERE address = ANY(%(addresses)s) OR account = %(account)s
