-- Anchors: the signed heads of all streams, once an hour. What counts is the copy outside of this database; the rows here
-- are for going on, for the stations' receipts, and for the lists that a station's copy of a statement commits to.
CREATE TABLE anchor (
    number      bigint PRIMARY KEY,
    at          timestamptz NOT NULL,
    hash        bytea NOT NULL,             -- sha256 of the statement
    statement   text NOT NULL,              -- JSON, with its signature (wire.anchors.Anchor)
    lists       bytea                       -- zlib: heads and keys (wire.anchors.AnchorFile); NULL: taken away by age
);

-- The places outside: how far each has the anchors, and since when it takes none.
CREATE TABLE anchor_place (
    name        text PRIMARY KEY,
    number      bigint NOT NULL DEFAULT 0,
    kept_at     timestamptz,
    failing_since timestamptz,
    failure     text NOT NULL DEFAULT ''
);
