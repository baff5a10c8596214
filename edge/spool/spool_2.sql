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

-- Results that came again. `sequence` of an identity is the number in the file of the event that it became; 0 for those
-- that version 1 recorded.
ALTER TABLE identity ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;

-- All that a device said of a test that nothing names, but the message's time: what is alike is perhaps a repeat.
CREATE TABLE likeness (
  likeness    BLOB    PRIMARY KEY,
  recorded_ms INTEGER NOT NULL,
  sequence    INTEGER NOT NULL              -- of the first event
) STRICT, WITHOUT ROWID;

-- The last repeats that were folded: what came again. Bounded (edge/spool/repeats.py).
CREATE TABLE repeat (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  device  TEXT    NOT NULL,
  cause   TEXT    NOT NULL,                 -- transfer, identity, memory
  first   INTEGER NOT NULL,                 -- the event that was recorded; 0 where it is not known
  came_ms INTEGER NOT NULL,
  data    TEXT    NOT NULL                  -- what came again, as the data of an event, without its bytes
) STRICT;

CREATE TABLE repeat_count (
  device   TEXT    PRIMARY KEY,
  folded   INTEGER NOT NULL,                -- came again by itself
  reread   INTEGER NOT NULL,                -- came again out of a memory that was asked
  possible INTEGER NOT NULL                 -- recorded with the flag possible_repeat
) STRICT, WITHOUT ROWID;
