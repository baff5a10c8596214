-- The lots that a station has registered of late, for its document: asked for by every station, every few minutes.
CREATE INDEX sample_now_recent ON sample_now (station, recorded_at DESC) WHERE lot <> '' OR supplier <> '';
