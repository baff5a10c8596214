-- Version 3: what the centre has said that it has, so that one which was put back to an older state is fed again.

-- The highest `through` of a receipt for the stream. Before this version: all below the first event without a receipt.
ALTER TABLE stream ADD COLUMN known INTEGER NOT NULL DEFAULT 0;
UPDATE stream SET known = coalesce((SELECT min(sequence) FROM outbox WHERE sequence > base) - 1 - base, sequence);

-- 0 urgent, 1 normal: by which it is sent again. NULL: recorded before this version.
ALTER TABLE event ADD COLUMN lane INTEGER;

-- Each time that the centre was found to be behind this spool.
CREATE TABLE behind (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  stream  TEXT    NOT NULL,
  through INTEGER NOT NULL,                 -- what the centre had
  known   INTEGER NOT NULL,                 -- what it had said before
  events  INTEGER NOT NULL,                 -- that were sent again
  missing INTEGER NOT NULL,                 -- that are no longer kept here
  detail  TEXT    NOT NULL,
  at_ms   INTEGER NOT NULL
) STRICT;
