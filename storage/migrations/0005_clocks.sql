-- Times of stations that cannot be believed (wire/clocks.py): the time of receipt takes their place, and the row says so.

ALTER TABLE sample ADD COLUMN flags text NOT NULL DEFAULT '';
ALTER TABLE reading ADD COLUMN flags text NOT NULL DEFAULT '';
ALTER TABLE camera_event ADD COLUMN flags text NOT NULL DEFAULT '';

-- The event that said a device's state: the order of the chain decides which state is newer, for a clock may be set back.
ALTER TABLE device ADD COLUMN state_stream uuid, ADD COLUMN state_sequence bigint;

-- What was stored before with such times stood first in every list for years, and held its device's state for ever. Rows
-- are taken out and put back, because a hypertable's row does not move to another chunk by an UPDATE. The counts of those
-- days stay where they are: the district's time zone is not known here.
CREATE TEMP TABLE doubted ON COMMIT DROP AS
SELECT id, received_at FROM event
WHERE recorded_at > received_at + interval '300 seconds' OR recorded_at < '2020-01-01 00:00:00+00';

UPDATE event SET recorded_at = doubted.received_at FROM doubted WHERE event.id = doubted.id;

CREATE TEMP TABLE moved_result ON COMMIT DROP AS
SELECT result.* FROM result JOIN doubted ON doubted.id = result.event;
DELETE FROM result USING doubted WHERE result.event = doubted.id;
UPDATE moved_result SET recorded_at = doubted.received_at,
    flags = concat_ws(' ', nullif(flags, ''), 'clock_not_believed')
FROM doubted WHERE doubted.id = moved_result.event;
INSERT INTO result SELECT * FROM moved_result;

CREATE TEMP TABLE moved_sample ON COMMIT DROP AS
SELECT sample.* FROM sample JOIN doubted ON doubted.id = sample.event;
DELETE FROM sample USING doubted WHERE sample.event = doubted.id;
UPDATE moved_sample SET recorded_at = doubted.received_at, flags = 'clock_not_believed'
FROM doubted WHERE doubted.id = moved_sample.event;
INSERT INTO sample SELECT * FROM moved_sample;

CREATE TEMP TABLE moved_reading ON COMMIT DROP AS
SELECT reading.* FROM reading JOIN doubted ON doubted.id = reading.event;
DELETE FROM reading USING doubted WHERE reading.event = doubted.id;
UPDATE moved_reading SET recorded_at = doubted.received_at, flags = 'clock_not_believed'
FROM doubted WHERE doubted.id = moved_reading.event;
INSERT INTO reading SELECT * FROM moved_reading;

CREATE TEMP TABLE moved_camera_event ON COMMIT DROP AS
SELECT camera_event.* FROM camera_event JOIN doubted ON doubted.id = camera_event.event;
DELETE FROM camera_event USING doubted WHERE camera_event.event = doubted.id;
UPDATE moved_camera_event SET recorded_at = doubted.received_at, flags = 'clock_not_believed'
FROM doubted WHERE doubted.id = moved_camera_event.event;
INSERT INTO camera_event SELECT * FROM moved_camera_event;

UPDATE device SET state_at = now() WHERE state_at > now();
UPDATE device SET last_result_at = now() WHERE last_result_at > now();
UPDATE station SET state_at = now() WHERE state_at > now();
