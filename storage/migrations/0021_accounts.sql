-- Accounts of people and of screens and programs: who signs in, what he may do and where, by which sessions and tokens.
-- Of each secret only a hash is here, but for that of the second factor, which a code is computed from.

CREATE TABLE account (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,              -- at sign-in; steps and audit carry it, so it is never given to another
    title       text NOT NULL DEFAULT '',   -- the person's name
    password    text,                       -- argon2id; null: signs in by another way
    totp        text,                       -- base32; null: no second factor
    totp_step   bigint NOT NULL DEFAULT 0,  -- the last that was used: a code counts once
    identity    text UNIQUE,                -- of OpenID Connect: issuer and subject
    failed      integer NOT NULL DEFAULT 0, -- sign-ins in a row
    locked_until timestamptz,
    is_enabled  boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX account_name ON account (lower(name));

-- A role holds in an area and all areas below it; no area: in the whole district.
CREATE TABLE account_role (
    account     uuid NOT NULL REFERENCES account (id),
    role        text NOT NULL,
    area        text REFERENCES area (code)
);
CREATE UNIQUE INDEX account_role_once ON account_role (account, role, coalesce(area, ''));

CREATE TABLE api_token (
    id          uuid PRIMARY KEY,
    account     uuid NOT NULL REFERENCES account (id),
    name        text NOT NULL,
    hash        bytea NOT NULL UNIQUE,
    scopes      text[] NOT NULL DEFAULT '{}',   -- permissions; empty: all that the account has
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    ended_at    timestamptz
);
CREATE INDEX api_token_account ON api_token (account);

CREATE TABLE session (
    id          uuid PRIMARY KEY,
    hash        bytea NOT NULL UNIQUE,
    account     uuid NOT NULL REFERENCES account (id),
    token       uuid REFERENCES api_token (id), -- a screen's: the session ends with the token
    address     text NOT NULL,
    agent       text NOT NULL,                  -- the browser, as it calls itself
    created_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account);

-- Secrets that count once: of the first start, of a sign-in link, of a sign-in that is under way at another server.
CREATE TABLE one_time (
    hash        bytea PRIMARY KEY,
    purpose     text NOT NULL CHECK (purpose IN ('setup', 'link', 'oidc')),
    account     uuid REFERENCES account (id),
    facts       jsonb NOT NULL DEFAULT '{}',
    expires_at  timestamptz NOT NULL
);
