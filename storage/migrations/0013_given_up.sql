-- Streams that were given up, and what was recorded again: a number that is missing there is no gap when its event came in
-- the stream that follows. Both tables only say where in the ledger it stands; what counts are the bytes.

-- Events of the agent that name, in `replaces` and `again`, the numbers of `stream` that they answer for.
CREATE TABLE given_up (
    stream      uuid NOT NULL,
    event       uuid NOT NULL,
    station     text NOT NULL,
    PRIMARY KEY (stream, event)
);

-- Events that record `original` again (their `originalid`).
CREATE TABLE recorded_again (
    original    uuid NOT NULL,
    event       uuid NOT NULL,
    PRIMARY KEY (original, event)
);
