-- Continuous values: which probe of a device, and the walk from the newest of a station.

ALTER TABLE reading ADD COLUMN channel integer;

CREATE INDEX reading_recorded ON reading (recorded_at DESC, event DESC);
CREATE INDEX reading_station_recorded ON reading (station, recorded_at DESC, event DESC);
