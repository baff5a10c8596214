-- Pictures and clips that were deleted by age: the row says when, and the event that names them stays.
ALTER TABLE media ADD COLUMN retired_at timestamptz;
CREATE INDEX media_kept ON media (recorded_at) WHERE stored_at IS NOT NULL AND retired_at IS NULL;
