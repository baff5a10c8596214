-- Version 4: samples, where they lie in a run, and the results with the sample of each. Written in one transaction with the
-- events that say so; edge/samples/ has the statements.

-- The last number that was given on a day. It never goes back, whatever a clock does.
CREATE TABLE sample_number (
  day  TEXT    PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sample (
  key           TEXT    PRIMARY KEY,
  number        TEXT    NOT NULL UNIQUE,
  code          TEXT    NOT NULL,
  request       TEXT    NOT NULL UNIQUE,    -- name of the request that registered it: asked again, it is the same sample
  revision      INTEGER NOT NULL,
  data          TEXT    NOT NULL,           -- as the newest event says it
  registered_ms INTEGER NOT NULL,
  event         INTEGER NOT NULL            -- number in the file of the newest event
) STRICT;
CREATE INDEX sample_code ON sample (code) WHERE code <> '';
CREATE INDEX sample_event ON sample (event);
CREATE INDEX sample_registered ON sample (registered_ms);

-- What each sample still waits to be tested for.
CREATE TABLE awaited (
  item   TEXT NOT NULL,
  sample TEXT NOT NULL,
  PRIMARY KEY (item, sample)
) STRICT, WITHOUT ROWID;

-- The wells of the run that comes next on a device, until a result of each has come.
CREATE TABLE layout (
  device  TEXT    NOT NULL,
  channel INTEGER NOT NULL,
  sample  TEXT    NOT NULL,
  item    TEXT    NOT NULL,                 -- '': any
  who     TEXT    NOT NULL,
  run     TEXT,                             -- NULL: no result of this well has come yet
  PRIMARY KEY (device, channel)
) STRICT, WITHOUT ROWID;

-- Results of samples, each with what holds of its sample. `id` is that of its event when it was first recorded.
CREATE TABLE tested (
  id          TEXT    PRIMARY KEY,
  number      INTEGER NOT NULL,             -- of its event in the file
  device      TEXT    NOT NULL,
  item        TEXT    NOT NULL,
  data        TEXT    NOT NULL,             -- of its event, without its bytes
  verdict     TEXT    NOT NULL,             -- as the station judged it
  recorded_ms INTEGER NOT NULL,
  sample      TEXT,
  rule        TEXT    NOT NULL,
  who         TEXT    NOT NULL,
  revision    INTEGER NOT NULL,             -- of its links; 0: none was ever said
  link        INTEGER NOT NULL              -- number in the file of the newest link; 0: none
) STRICT;
CREATE INDEX tested_number ON tested (number);
CREATE INDEX tested_link ON tested (link) WHERE link > 0;
CREATE INDEX tested_sample ON tested (sample) WHERE sample IS NOT NULL;
CREATE INDEX tested_without ON tested (number) WHERE sample IS NULL;
