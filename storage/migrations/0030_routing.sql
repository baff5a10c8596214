-- Who is told of what and when, and why somebody was not; silences.

ALTER TABLE subscription
    ADD COLUMN account uuid REFERENCES account (id),    -- whose it is; NULL: of nobody who signs in
    ADD COLUMN items text[] NOT NULL DEFAULT '{}',
    ADD COLUMN commodities text[] NOT NULL DEFAULT '{}',
    ADD COLUMN tells text[] NOT NULL DEFAULT '{new}',   -- the occasions: new, acknowledged, resolved, escalated, daily, weekly
    ADD COLUMN hours jsonb NOT NULL DEFAULT '[]',       -- [{"days": [...], "from": "08:00", "to": "18:00"}]; []: always
    ADD COLUMN digest_at text NOT NULL DEFAULT '08:00', -- when digests come, in the district's time
    ADD COLUMN daily_through timestamptz,               -- up to when digests have told
    ADD COLUMN weekly_through timestamptz,
    ADD COLUMN paused_until timestamptz,
    ADD COLUMN may_acknowledge boolean NOT NULL DEFAULT false,  -- by a link in the message
    ADD COLUMN confirmed_at timestamptz,                -- when somebody confirmed a test message
    ADD COLUMN test_hash bytea,                         -- sha256 of the code of the last test message
    ADD COLUMN tested_at timestamptz,
    ADD COLUMN test_tries integer NOT NULL DEFAULT 0;
CREATE INDEX subscription_account ON subscription (account) WHERE account IS NOT NULL;
-- Of ten thousand subscriptions the route reads those of the alert's areas, or of its station, and those without.
CREATE INDEX subscription_areas ON subscription USING gin (areas) WHERE is_enabled;
CREATE INDEX subscription_stations ON subscription USING gin (stations) WHERE is_enabled;

ALTER TABLE delivery
    ADD COLUMN occasion text NOT NULL DEFAULT 'new',
    ADD COLUMN postponed_at timestamptz,                -- when it was last put off: it is not given up for its age before
    ADD COLUMN touched_at timestamptz NOT NULL DEFAULT now(),   -- by which clock next_attempt_at was set
    DROP CONSTRAINT delivery_once,
    ADD CONSTRAINT delivery_once UNIQUE (alert, subscription, occasion, edition);
-- After the clock was put back, what waits was touched in the future.
CREATE INDEX delivery_touched ON delivery (touched_at) WHERE state = 'waiting';
-- A digest takes along all that belongs to it.
CREATE INDEX delivery_digest ON delivery (subscription, occasion, edition) WHERE state = 'waiting' AND occasion IN ('daily', 'weekly');

-- Why a delivery was not sent, or not yet: one row a reason.
CREATE TABLE routing_decision (
    delivery    uuid NOT NULL REFERENCES delivery (id),
    reason      text NOT NULL,              -- server.delivery.job.Decision
    at          timestamptz NOT NULL,       -- when it was decided so first
    last_at     timestamptz NOT NULL,
    until       timestamptz,                -- when it is looked at again; NULL: for good
    facts       jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (delivery, reason)
);

-- What nobody is told of for a while. Empty lists mean all; without rules a failed test is told nevertheless.
CREATE TABLE silence (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,              -- silence, maintenance
    areas       text[] NOT NULL DEFAULT '{}',
    stations    text[] NOT NULL DEFAULT '{}',
    devices     text[] NOT NULL DEFAULT '{}',
    rules       text[] NOT NULL DEFAULT '{}',
    items       text[] NOT NULL DEFAULT '{}',
    reason      text NOT NULL,
    author      text NOT NULL,
    account     uuid REFERENCES account (id),
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,                -- before its time, by whom
    ended_by    text NOT NULL DEFAULT '',
    CHECK (ends_at > starts_at)
);
CREATE INDEX silence_ends ON silence (ends_at) WHERE ended_at IS NULL;
CREATE INDEX silence_created ON silence (created_at DESC, id DESC);

-- An alert that goes on may be the cause of another one (server/delivery/inhibit.toml).
CREATE INDEX alert_live_rule ON alert (rule, station) WHERE state NOT IN ('resolved', 'closed');
