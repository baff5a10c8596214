-- The house: who there is, the ledger of events, what follows from them, and what is told to people.
-- Times are timestamptz in UTC: measured_at (device), recorded_at (edge), received_at (ingest).
-- Keys are UUIDv7 made by the processes. The ledger (event) is a plain table on purpose: its promise is
-- unique (stream, sequence), which a hypertable cannot give without the time in the key. See docs/storage.md.

CREATE TABLE area (
    code        text PRIMARY KEY,
    parent      text REFERENCES area (code),
    name        text NOT NULL,
    name_en     text NOT NULL DEFAULT ''
);

CREATE TABLE station (
    name        text PRIMARY KEY,
    title       text NOT NULL DEFAULT '',
    title_en    text NOT NULL DEFAULT '',
    area        text REFERENCES area (code),
    kind        text NOT NULL DEFAULT 'market',
    latitude    double precision,
    longitude   double precision,
    public_key  text,                       -- Ed25519, hex; pinned at enrolment or by the first checkpoint
    state       text NOT NULL DEFAULT 'never_seen',   -- never_seen, online, offline
    state_at    timestamptz,
    last_event_at timestamptz,
    waiting     bigint NOT NULL DEFAULT 0,  -- what the station says is still in its spool
    version     text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE device (
    station     text NOT NULL REFERENCES station (name),
    name        text NOT NULL,
    adapter     text NOT NULL DEFAULT '',
    profile     text NOT NULL DEFAULT '',
    state       text NOT NULL DEFAULT 'unknown',      -- unknown, online, offline, fault
    reason      text NOT NULL DEFAULT '',
    state_at    timestamptz,
    clock_skew_s double precision,
    last_result_at timestamptz,
    PRIMARY KEY (station, name)
);

-- One row a stream: how far it is known to be whole. `through`: all of 1..through is stored, and every link of it holds
-- unless `broken_at` says where the first one does not.
CREATE TABLE stream (
    id          uuid PRIMARY KEY,
    station     text NOT NULL REFERENCES station (name),
    through     bigint NOT NULL DEFAULT 0,
    head        bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000',
    highest     bigint NOT NULL DEFAULT 0,  -- the highest sequence stored; above `through` there is a gap
    gap_since   timestamptz,                -- since when `through` has stood still below `highest`
    signed_through bigint NOT NULL DEFAULT 0,
    broken_at   bigint,                     -- the first sequence whose link or signature does not hold
    created_at  timestamptz NOT NULL DEFAULT now(),
    last_event_at timestamptz
);
CREATE INDEX stream_station ON stream (station);
CREATE INDEX stream_gap ON stream (gap_since) WHERE gap_since IS NOT NULL;

-- The ledger: the exact bytes of every accepted event. No foreign key to stream: ingest, its one writer, makes the
-- stream's row first, and a check a row costs more than the row's own insert.
CREATE TABLE event (
    stream      uuid NOT NULL,
    sequence    bigint NOT NULL,
    id          uuid NOT NULL,
    station     text NOT NULL,
    device      text,
    type        text NOT NULL,
    recorded_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    previous    bytea NOT NULL,             -- 32 bytes: previoushash as the event says it
    hash        bytea NOT NULL,             -- 32 bytes: sha256 of body
    body        bytea NOT NULL,
    PRIMARY KEY (stream, sequence)
);
CREATE UNIQUE INDEX event_id ON event (id);

CREATE TABLE analyte_limit (
    code        text PRIMARY KEY,
    item        text NOT NULL,
    commodity   text NOT NULL DEFAULT '',
    standard    text NOT NULL,
    is_only_for_standard boolean NOT NULL DEFAULT false,
    comparison  text NOT NULL CHECK (comparison IN ('>', '>=', '<', '<=')),
    value       double precision NOT NULL,
    unit        text NOT NULL,
    valid_from  date NOT NULL,
    valid_to    date,
    source      text NOT NULL DEFAULT '',
    version     integer NOT NULL            -- of the table: rises with every change of it
);
-- wire/limits.toml, version 1; a test holds the two against each other.
INSERT INTO analyte_limit
    (code, item, standard, is_only_for_standard, comparison, value, unit, valid_from, source, version)
VALUES
    ('pesticide-inhibition-5009.199', 'pesticide_inhibition', 'GB/T 5009.199', false, '>=', 50, '%', '2003-08-11',
     'GB/T 5009.199-2003: inhibition >= 50 % is positive', 1),
    ('pesticide-inhibition-448', 'pesticide_inhibition', 'NY/T 448', true, '>=', 70, '%', '2001-06-01',
     'NY/T 448-2001: inhibition >= 70 % is positive; only where the record names this standard', 1),
    ('polar-compounds-2716', 'polar_compounds', 'GB 2716-2018', false, '>', 27, '%', '2018-12-21',
     'GB 2716-2018: frying oil above 27 % polar compounds is discarded', 1);

-- One row an item-test. recorded_at is in the key so that the table can be a hypertable.
CREATE TABLE result (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    device      text NOT NULL,
    received_at timestamptz NOT NULL,
    measured_at timestamptz,
    measured_at_text text NOT NULL DEFAULT '',
    adapter     text NOT NULL,
    profile     text NOT NULL,
    identity    bytea NOT NULL,
    item        text NOT NULL,
    item_name   text NOT NULL DEFAULT '',
    role        text NOT NULL,
    origin      text NOT NULL,
    sample      text NOT NULL DEFAULT '',
    commodity   text NOT NULL DEFAULT '',
    stall       text NOT NULL DEFAULT '',
    vendor      text NOT NULL DEFAULT '',
    run         text NOT NULL DEFAULT '',
    channel     integer,
    record      text NOT NULL DEFAULT '',
    method      text NOT NULL DEFAULT '',
    standard    text NOT NULL DEFAULT '',
    value       double precision,
    value_text  text NOT NULL DEFAULT '',
    unit        text NOT NULL DEFAULT '',
    verdict     text NOT NULL,              -- the effective one
    decided_verdict text NOT NULL,          -- by the limit table
    device_verdict text,
    decided_by  text,                       -- analyte_limit.code
    operator    text NOT NULL DEFAULT '',
    is_retest   boolean NOT NULL DEFAULT false,
    flags       text NOT NULL DEFAULT '',
    PRIMARY KEY (event, recorded_at)
);
CREATE INDEX result_station_recorded ON result (station, recorded_at DESC);
CREATE INDEX result_recorded ON result (recorded_at DESC, event DESC);

CREATE TABLE sample (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    number      text NOT NULL,
    code        text NOT NULL DEFAULT '',
    commodity   text NOT NULL DEFAULT '',
    stall       text NOT NULL DEFAULT '',
    vendor      text NOT NULL DEFAULT '',
    sampled_at  timestamptz,
    PRIMARY KEY (event, recorded_at)
);

CREATE TABLE reading (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    device      text NOT NULL,
    quantity    text NOT NULL,
    value       double precision NOT NULL,
    unit        text NOT NULL,
    measured_at timestamptz,
    PRIMARY KEY (event, recorded_at)
);

CREATE TABLE camera_event (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    device      text NOT NULL,
    key         uuid NOT NULL,
    phase       text NOT NULL,
    kind        text NOT NULL,
    PRIMARY KEY (event, recorded_at)
);

-- What ingest refused: the exact bytes and a named reason. `released_at`: taken in after all (its station was enrolled).
CREATE TABLE quarantine (
    id          uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(),
    topic       text NOT NULL,
    station     text NOT NULL DEFAULT '',
    stream      uuid,
    sequence    bigint,
    reason      text NOT NULL,
    detail      text NOT NULL DEFAULT '',
    hash        bytea NOT NULL,
    body        bytea NOT NULL,
    released_at timestamptz,
    UNIQUE (topic, hash, reason)            -- the same poison sent a thousand times is one row
);
CREATE INDEX quarantine_received ON quarantine (received_at DESC, id DESC);
CREATE INDEX quarantine_waiting ON quarantine (station) WHERE reason = 'unknown_station' AND released_at IS NULL;

-- Alerts. `key` joins what belongs together: one alert a failed sample and item, one a stream's gap.
CREATE TABLE alert (
    id          uuid PRIMARY KEY,
    rule        text NOT NULL,              -- failed_test, verdicts_disagree, stream_gap, stream_broken, stream_forked,
                                            -- stream_replayed, stream_replaced
    key         text NOT NULL,
    severity    text NOT NULL,
    state       text NOT NULL DEFAULT 'open',
    station     text NOT NULL,
    device      text NOT NULL DEFAULT '',
    item        text NOT NULL DEFAULT '',
    sample      text NOT NULL DEFAULT '',
    commodity   text NOT NULL DEFAULT '',
    event       uuid,                       -- the first event behind it
    facts       jsonb NOT NULL DEFAULT '{}',
    opened_at   timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX alert_live_key ON alert (key) WHERE state IN ('open', 'acknowledged');
CREATE INDEX alert_opened ON alert (opened_at DESC, id DESC);

CREATE TABLE alert_step (
    id          uuid PRIMARY KEY,
    alert       uuid NOT NULL REFERENCES alert (id),
    at          timestamptz NOT NULL,
    action      text NOT NULL,              -- opened, joined, acknowledged, resolved
    actor       text NOT NULL DEFAULT '',   -- a person's name as they gave it, or '' for the system
    note        text NOT NULL DEFAULT '',
    event       uuid
);
CREATE INDEX alert_step_alert ON alert_step (alert, at);

-- Who wants which alerts. Empty filters mean all.
CREATE TABLE subscription (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('webhook')),
    address     text NOT NULL,
    secret      text NOT NULL,              -- Standard Webhooks: whsec_...
    areas       text[] NOT NULL DEFAULT '{}',
    stations    text[] NOT NULL DEFAULT '{}',
    rules       text[] NOT NULL DEFAULT '{}',
    severities  text[] NOT NULL DEFAULT '{}',
    is_enabled  boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- One row an alert and subscription, made in the commit that makes the alert.
CREATE TABLE delivery (
    id          uuid PRIMARY KEY,           -- the webhook-id: the same at every attempt
    alert       uuid NOT NULL REFERENCES alert (id),
    subscription uuid NOT NULL REFERENCES subscription (id),
    state       text NOT NULL DEFAULT 'waiting',      -- waiting, delivered, failed
    attempts    integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    UNIQUE (alert, subscription)
);
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 'waiting';

-- The receipt of every attempt.
CREATE TABLE delivery_attempt (
    delivery    uuid NOT NULL REFERENCES delivery (id),
    attempt     integer NOT NULL,
    at          timestamptz NOT NULL,
    outcome     text NOT NULL,              -- delivered, http_status, timeout, connection, tls, refused_address, body
    status      integer,
    detail      text NOT NULL DEFAULT '',
    duration_ms integer NOT NULL,
    PRIMARY KEY (delivery, attempt)
);

-- The live feed, read in the order (xid, position) and only below the oldest running transaction: a cursor never skips
-- a row of a transaction that commits later. `items` is the JSON array of wire.feed, handed on as it is.
CREATE TABLE feed (
    position    bigint GENERATED ALWAYS AS IDENTITY,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz NOT NULL DEFAULT now(),
    items       text NOT NULL,
    PRIMARY KEY (xid, position)
);
CREATE INDEX feed_at ON feed (at);

-- Counts kept by ingest in the transaction that stores the rows, counting only newly stored ones.
-- `tests` are item-tests; `samples` are batches: what one device calls by one number and one food on one day.
-- Controls and blanks are tests of the run, never samples: they are in neither table.
CREATE TABLE daily_result (
    day         date NOT NULL,              -- of recorded_at, in the district's time zone
    station     text NOT NULL,
    item        text NOT NULL,
    verdict     text NOT NULL,
    tests       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, station, item, verdict)
);
CREATE TABLE daily_sample (
    day         date NOT NULL,
    station     text NOT NULL,
    sample      text NOT NULL,              -- device/number/commodity, or the event's id where there is no number
    is_failed   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (day, station, sample)
);

CREATE TABLE audit (
    id          uuid PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    actor       text NOT NULL DEFAULT '',
    action      text NOT NULL,
    subject     text NOT NULL,
    detail      jsonb NOT NULL DEFAULT '{}'
);
