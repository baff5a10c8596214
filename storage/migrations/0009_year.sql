-- A year's rows: every list that a page asks for finds its rows by an index, also where there are none.

CREATE INDEX result_sample ON result (sample, recorded_at DESC, event DESC);
CREATE INDEX result_device ON result (device, recorded_at DESC, event DESC);
CREATE INDEX result_item ON result (item, recorded_at DESC, event DESC);
CREATE INDEX result_commodity ON result (commodity, recorded_at DESC, event DESC);
-- Few are not passed, and few are no samples.
CREATE INDEX result_not_passed ON result (verdict, recorded_at DESC, event DESC) WHERE verdict <> 'pass';
CREATE INDEX result_no_sample ON result (role, recorded_at DESC, event DESC) WHERE role <> 'sample';
CREATE INDEX reading_device ON reading (device, recorded_at DESC, event DESC);
CREATE INDEX reading_quantity ON reading (quantity, recorded_at DESC, event DESC);

-- Samples by day and station: a year of a district is 36,500 rows here and a million in daily_sample.
CREATE TABLE daily_station (
    day         date NOT NULL,
    station     text NOT NULL,
    samples     bigint NOT NULL DEFAULT 0,
    failed      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, station)
);
INSERT INTO daily_station (day, station, samples, failed)
SELECT day, station, count(*), count(*) FILTER (WHERE is_failed) FROM daily_sample GROUP BY day, station;
