-- What the centre says by itself when something is silent.

-- The newest that each station said of itself, by the database's clock: a status that a broker kept is no news.
CREATE TABLE station_status (
    station     text PRIMARY KEY REFERENCES station (name),
    received_at timestamptz NOT NULL,       -- of the newest one that came live
    said_at     text NOT NULL,              -- `at` of the status as it was sent: tells one from another
    state       text NOT NULL,              -- online, offline
    body        jsonb NOT NULL              -- wire.status.Status; offline keeps what the last `online` said
);

-- The heartbeat of ingest: a row for each lane of each process, written by the loop that does the work.
CREATE TABLE ingest_worker (
    name        text NOT NULL,
    lane        text NOT NULL,
    at          timestamptz NOT NULL,
    connected_at timestamptz,               -- since when the broker gives it its share; NULL: it is away
    committed_at timestamptz,               -- of the last batch that was stored
    queued      bigint NOT NULL DEFAULT 0,  -- received and not stored yet
    version     text NOT NULL DEFAULT '',
    PRIMARY KEY (name, lane)
);

-- What is wrong, or was until a moment ago: an episode for each key, so that what flaps makes one alert.
CREATE TABLE watch (
    key         text PRIMARY KEY,           -- that of the alert
    rule        text NOT NULL,
    station     text NOT NULL,              -- '': the centre itself
    since       timestamptz NOT NULL,
    off_since   timestamptz,                -- since when it is no longer so; the episode ends when that has lasted
    raised_at   timestamptz                 -- when its alert was opened last
);
