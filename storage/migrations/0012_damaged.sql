-- Numbers of a stream that no event will come for: the station's disk has changed the event before it was sent, and the
-- station said so. `hash` is the one that the event after it names; the head passes the number by it.
CREATE TABLE accounted (
    stream      uuid NOT NULL,
    sequence    bigint NOT NULL,
    hash        bytea NOT NULL,
    event       uuid NOT NULL,              -- the agent's event that says so
    at          timestamptz NOT NULL,
    PRIMARY KEY (stream, sequence)
);
