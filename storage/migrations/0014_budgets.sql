-- Budgets: what a station made grow within an hour (storage/budgets.toml), and what stayed out above that.

CREATE TABLE budget (
    station     text NOT NULL,              -- '': all whom nobody enrolled, together
    hour        timestamptz NOT NULL,       -- the full hour, by the database's clock
    kind        text NOT NULL,              -- storage.budgets.Kind
    used        bigint NOT NULL DEFAULT 0,
    above       bigint NOT NULL DEFAULT 0,  -- put off, cut, folded or only counted
    PRIMARY KEY (station, hour, kind)
);
CREATE INDEX budget_hour ON budget (hour);

-- Above the budget, and after some months, of a refused message only the hash and the head (in `body`) are kept.
ALTER TABLE quarantine
    ADD COLUMN size integer,                -- of the message in bytes; NULL: of `body`, which is whole
    ADD COLUMN is_cut boolean NOT NULL DEFAULT false;
CREATE INDEX quarantine_whole ON quarantine (received_at) WHERE NOT is_cut;

-- How large the database and the watched disks were, once an hour for a week: when they will be full (server/watch/).
CREATE TABLE place_size (
    place       text NOT NULL,
    hour        timestamptz NOT NULL,
    at          timestamptz NOT NULL,
    used        bigint NOT NULL,            -- bytes
    PRIMARY KEY (place, hour)
);

-- An alert that goes on to count is told again: each telling has a number.
ALTER TABLE delivery
    ADD COLUMN edition integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT delivery_alert_subscription_key,
    ADD CONSTRAINT delivery_once UNIQUE (alert, subscription, edition);
