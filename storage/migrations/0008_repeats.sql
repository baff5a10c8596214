-- Repeats that were folded or could not be proven.

-- How many results the station has folded since its spool was made, as it says in its status.
ALTER TABLE station ADD COLUMN repeats bigint NOT NULL DEFAULT 0;
