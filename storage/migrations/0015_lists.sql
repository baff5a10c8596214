-- Lists by two filters. What stands behind the order in a key is looked at in the index itself, so that a station's
-- year is not fetched row by row to find none of an item. Two long texts at most: a row of an index has 2,704 bytes.

CREATE INDEX result_station ON result (station, recorded_at DESC, event DESC, item, device, verdict);
DROP INDEX result_station_recorded;
DROP INDEX result_not_passed;
CREATE INDEX result_not_passed ON result (verdict, recorded_at DESC, event DESC, station, item, device)
    WHERE verdict <> 'pass';
DROP INDEX result_no_sample;
CREATE INDEX result_no_sample ON result (role, recorded_at DESC, event DESC, station, item, device)
    WHERE role <> 'sample';
CREATE INDEX reading_station ON reading (station, recorded_at DESC, event DESC, device, quantity);
DROP INDEX reading_station_recorded;

-- A camera event is listed by its beginning.
CREATE INDEX camera_event_station ON camera_event (station, recorded_at DESC, event DESC, kind, device)
    WHERE phase = 'start';
CREATE INDEX camera_event_kind ON camera_event (kind, recorded_at DESC, event DESC) WHERE phase = 'start';

-- What each subscription has waiting and failed.
CREATE INDEX delivery_subscription ON delivery (subscription, created_at);
