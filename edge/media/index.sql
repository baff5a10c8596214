-- The index of a station's media, beside the files. Made anew from the files when it is damaged.

CREATE TABLE media (
  sha256      TEXT    PRIMARY KEY,
  kind        TEXT    NOT NULL,             -- image/jpeg, video/mp4
  size        INTEGER NOT NULL,
  made_ms     INTEGER NOT NULL,
  stays       INTEGER NOT NULL DEFAULT 0,   -- 1: never leaves the station
  uploaded_ms INTEGER,                      -- NULL: the centre does not have it
  given_up    TEXT,                         -- why it is not tried any more
  spoiled     INTEGER NOT NULL DEFAULT 0    -- how often the centre received other bytes
) STRICT;
CREATE INDEX media_made ON media (made_ms);
CREATE INDEX media_pending ON media (made_ms) WHERE uploaded_ms IS NULL AND given_up IS NULL AND stays = 0;

-- Which camera event has which media. Without stream and sequence: not found in the spool yet.
CREATE TABLE mention (
  sha256   TEXT NOT NULL,
  key      TEXT NOT NULL,
  stream   TEXT,
  sequence INTEGER,
  is_alarming INTEGER NOT NULL DEFAULT 0,   -- 1: the event is one that alarms somebody
  PRIMARY KEY (sha256, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_key ON mention (key);

-- Events under a case: their media are never pruned.
CREATE TABLE kept (
  key TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- One row: how far the spool has been read for the numbers of the events, and what had to go unsent.
CREATE TABLE reading (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  stream   TEXT    NOT NULL,
  sequence INTEGER NOT NULL,
  lost     INTEGER NOT NULL,                -- pruned before the centre had it
  lost_told INTEGER NOT NULL DEFAULT 0,     -- so many of them are told in an event
  telling  INTEGER NOT NULL DEFAULT 0,      -- through this one by the event that is under way
  name     TEXT    NOT NULL                 -- of this index, by chance: no other one has told of these
) STRICT;
INSERT INTO reading VALUES (1, '', 0, 0, 0, 0, lower(hex(randomblob(16))));
