-- Version 2: a spool may begin a new stream in its file. Numbers in the file (`event.sequence`, `outbox.sequence`) count
-- on over all streams of the file; an event's own number is that less the `base` of its stream.

ALTER TABLE stream ADD COLUMN base INTEGER NOT NULL DEFAULT 0;

-- The streams that were given up because the centre has something else under their name.
CREATE TABLE earlier_stream (
  id         TEXT    PRIMARY KEY,
  base       INTEGER NOT NULL,
  sequence   INTEGER NOT NULL,              -- of its newest event
  hash       TEXT    NOT NULL,
  cause      TEXT    NOT NULL,              -- behind, diverged
  detail     TEXT    NOT NULL,
  rerecorded INTEGER NOT NULL,              -- events without a receipt, recorded again in the stream after it
  ended_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Ids of events of other spools that `shian edge salvage` recorded again here.
CREATE TABLE recorded_again (
  original TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The files put aside that were read to their end.
CREATE TABLE salvaged (
  file       TEXT    PRIMARY KEY,
  recorded   INTEGER NOT NULL,
  unreadable INTEGER NOT NULL,
  at_ms      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
