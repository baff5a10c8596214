-- Version 5: the identity of each result, by which one that was typed or imported again is known.
ALTER TABLE tested ADD COLUMN identity TEXT NOT NULL DEFAULT '';
CREATE INDEX tested_identity ON tested (identity);
