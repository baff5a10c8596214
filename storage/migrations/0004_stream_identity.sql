-- Older copies, clones and disputed events.

-- `folds`: the station has had more than one stream, or two boxes wrote one: what is recorded again makes no second row.
-- `began_at`: the station's time of the newest start in it, or of the event that showed that it goes on beside a newer
-- one. `forked_at`: the station's time of the first event that came under a number of it that was taken.
ALTER TABLE stream
    ADD COLUMN folds boolean NOT NULL DEFAULT false,
    ADD COLUMN began_at timestamptz,
    ADD COLUMN forked_at timestamptz;

ALTER TABLE station ADD COLUMN takeovers bigint NOT NULL DEFAULT 0;   -- of its connection, as its agent counts them

-- Which event of a station stands for a test, and for an event that was recorded again. Kept only for stations that fold:
-- for all others it would cost an index on every result.
CREATE TABLE claim (
    station     text NOT NULL,
    mark        bytea NOT NULL,             -- 32 bytes: a result's identity; 16: the id that an event had first
    event       uuid NOT NULL,
    stream      uuid NOT NULL,
    is_disputed boolean NOT NULL,
    PRIMARY KEY (station, mark)
);

-- Events that are in the ledger (or disputed) and make no typed row, since another event says the same.
CREATE TABLE folded (
    event       uuid PRIMARY KEY,
    into_event  uuid NOT NULL,
    station     text NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX folded_station ON folded (station);

-- A second body under a number that is taken, from the station itself. Its results are judged and shown, and are marked.
CREATE TABLE disputed (
    id          uuid PRIMARY KEY,           -- made from the hash: the event's own id may be taken as well
    stream      uuid NOT NULL,
    sequence    bigint NOT NULL,
    station     text NOT NULL,
    device      text,
    type        text NOT NULL,
    recorded_at timestamptz NOT NULL,       -- as its typed row has it
    received_at timestamptz NOT NULL,
    hash        bytea NOT NULL,
    body        bytea NOT NULL
);
CREATE INDEX disputed_station ON disputed (station, stream);

-- Every place where a link, a signature or a key did not hold when it came; `stream.broken_at` is the first of a stream.
CREATE TABLE stream_break (
    stream      uuid NOT NULL,
    sequence    bigint NOT NULL,
    kind        text NOT NULL,
    PRIMARY KEY (stream, sequence, kind)
);

UPDATE stream SET folds = true
WHERE station IN (SELECT station FROM stream GROUP BY station HAVING count(*) > 1);

INSERT INTO claim (station, mark, event, stream, is_disputed)
SELECT DISTINCT ON (result.station, result.identity)
    result.station, result.identity, result.event, event.stream, false
FROM result JOIN event ON event.id = result.event
WHERE result.station IN (SELECT station FROM stream WHERE folds)
ORDER BY result.station, result.identity, event.received_at, event.sequence;
