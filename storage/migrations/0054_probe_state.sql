-- The state that a probe shows, in the list and in the feed: decided here alone.
ALTER TABLE probe ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trouble <> '' THEN trouble WHEN is_out_here THEN 'out_of_range' ELSE 'ok' END) STORED;
