-- The state that a probe shows, in the list and in the feed: decided here alone.
ALTER TABLE probe ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN trouble <> '' THEN trouble WHEN is_out_here THEN 'out_of_range' ELSE 'ok' END) STORED;

-- The unit of its series: that of its first reading that had one. Others are converted to it.
ALTER TABLE probe ADD COLUMN drawn_unit text NOT NULL DEFAULT '';
UPDATE probe SET drawn_unit = unit;
