-- The spool of one station. Written by exactly one connection (edge/spool/spool.py says why).

-- One row: which chain this is and where its head stands.
CREATE TABLE stream (
  only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
  id           TEXT    NOT NULL,            -- UUID, new whenever a spool is made anew
  sequence     INTEGER NOT NULL,            -- of the newest event; 0 when there is none
  hash         TEXT    NOT NULL,            -- of the newest event; zeros when there is none
  recorded_ms  INTEGER NOT NULL,            -- of the newest event
  sealed       INTEGER NOT NULL,            -- sequence of the newest checkpoint event
  dead_dropped INTEGER NOT NULL             -- dead letters that had to go because there were too many
) STRICT;

-- The exact bytes of every event. A row without a receipt is never deleted.
CREATE TABLE event (
  sequence    INTEGER PRIMARY KEY,
  id          TEXT    NOT NULL,
  hash        TEXT    NOT NULL,
  body        BLOB    NOT NULL,
  recorded_ms INTEGER NOT NULL
) STRICT;

-- What has no receipt yet. Apart from `event`, so that a receipt deletes a few bytes here and never rewrites a body.
CREATE TABLE outbox (
  lane     INTEGER NOT NULL,                -- 0 urgent, 1 normal
  sequence INTEGER NOT NULL,
  refused  TEXT,                            -- NULL: waiting; else why the centre (or we) refused it
  PRIMARY KEY (lane, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_refused ON outbox (sequence) WHERE refused IS NOT NULL;

-- Which tests were recorded already; kept far longer than the events.
CREATE TABLE identity (
  identity    BLOB    PRIMARY KEY,
  recorded_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bytes that no decoder could read. Bounded: the oldest go first, and `stream.dead_dropped` counts them.
CREATE TABLE dead_letter (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  device      TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  start       INTEGER NOT NULL,             -- offset in the bytes of the session
  data        BLOB    NOT NULL,
  recorded_ms INTEGER NOT NULL
) STRICT;
