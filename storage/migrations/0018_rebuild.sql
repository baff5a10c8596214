-- Typed rows follow from the ledger: what is not laid out in columns yet, what was taken away by age, what is made again.

-- Events whose data this version did not understand when they came: they lie in the ledger as any other, and make
-- their rows, counts and alerts when a later version reads them.
CREATE TABLE not_understood (
    event       uuid PRIMARY KEY,
    stream      uuid NOT NULL,
    sequence    bigint NOT NULL,
    station     text NOT NULL,
    topic       text NOT NULL,
    type        text NOT NULL,
    why         text NOT NULL,
    hash        bytea NOT NULL,
    size        integer NOT NULL,           -- of the event, in bytes
    received_at timestamptz NOT NULL,
    tried       text[] NOT NULL,            -- by which kinds of record (wire.kinds.fingerprint)
    understood_at timestamptz
);
CREATE INDEX not_understood_waiting ON not_understood (station, received_at) WHERE understood_at IS NULL;
CREATE INDEX not_understood_received ON not_understood (received_at DESC, event DESC);

-- Typed rows that were taken away by age: no flaw for the walk. The events stay in the ledger.
CREATE TABLE retired (
    kind        text PRIMARY KEY,
    day         date NOT NULL,              -- of recorded_at, in the district's zone: the first one that is kept
    before      timestamptz NOT NULL,       -- where that day begins
    at          timestamptz NOT NULL
);

-- How far `shian rebuild` came in each stream: it goes on from there after it was stopped.
CREATE TABLE rebuilding (
    task        text NOT NULL,              -- which kinds, from which day
    stream      uuid NOT NULL,
    through     bigint NOT NULL,
    PRIMARY KEY (task, stream)
);
