-- Probes: what each shows now, when it was in trouble, and its values by minute, hour and day.

CREATE TABLE probe_event (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    device      text NOT NULL,
    key         uuid NOT NULL,              -- start and end share it
    phase       text NOT NULL,              -- start, end
    state       text NOT NULL,              -- failing, silent, out_of_range; ok: the agent began anew and found it well
    quantity    text NOT NULL,
    channel     integer,
    reason      text NOT NULL,
    value       double precision,           -- the last one that was read
    unit        text NOT NULL,
    lasted_s    double precision NOT NULL,
    comparison  text,                       -- the station's limit, where that was broken
    bound       double precision,
    for_s       double precision,
    flags       text NOT NULL DEFAULT '',
    PRIMARY KEY (event, recorded_at)
);
CREATE INDEX probe_event_recorded ON probe_event (recorded_at DESC, event DESC);
CREATE INDEX probe_event_station ON probe_event (station, recorded_at DESC, event DESC, device, quantity, state);

-- One row a quantity on a channel of a device. channel -1: the device has but one.
CREATE TABLE probe (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station     text NOT NULL,
    device      text NOT NULL,
    quantity    text NOT NULL,
    channel     integer NOT NULL DEFAULT -1,
    unit        text NOT NULL DEFAULT '',
    value       double precision,
    at          timestamptz,                -- of the last value
    trouble     text NOT NULL DEFAULT '',   -- failing, silent, as the station says
    reason      text NOT NULL DEFAULT '',
    trouble_at  timestamptz,                -- of the last word about it
    is_out_there boolean NOT NULL DEFAULT false,    -- out of range by the station's limit
    out_there_at timestamptz,
    limit_code  text,                       -- reading_limit.code that its last value broke
    beyond_since timestamptz,
    back_since  timestamptz,
    is_out_here boolean NOT NULL DEFAULT false,     -- out of range by reading_limit
    UNIQUE (station, device, quantity, channel)
);

-- Ranges of continuous values. An empty station, device, or no channel: any. A row that names more comes before one that
-- names less. The unit is the reading's, or one that it can be converted to.
CREATE TABLE reading_limit (
    code        text PRIMARY KEY,
    station     text NOT NULL DEFAULT '',
    device      text NOT NULL DEFAULT '',
    quantity    text NOT NULL,
    channel     integer,
    above       double precision,
    below       double precision,
    unit        text NOT NULL,
    for_s       double precision NOT NULL DEFAULT 600 CHECK (for_s >= 0),
    source      text NOT NULL DEFAULT '',
    CHECK (above IS NOT NULL OR below IS NOT NULL),
    CHECK (below < above)
);

-- The values of a probe within a step: 60 s, 3600 s, and 86400 for a day in the district's zone. A step without a row
-- had no value: a gap.
CREATE TABLE reading_series (
    probe       bigint NOT NULL,
    step        integer NOT NULL,
    at          timestamptz NOT NULL,
    n           integer NOT NULL,
    total       double precision NOT NULL,
    low         double precision NOT NULL,
    high        double precision NOT NULL,
    PRIMARY KEY (step, probe, at) INCLUDE (n, total, low, high)
);

ALTER TABLE device ADD COLUMN last_reading_at timestamptz;

-- What is there already.
INSERT INTO probe (station, device, quantity, channel, unit, value, at)
SELECT DISTINCT ON (station, device, quantity, coalesce(channel, -1))
    station, device, quantity, coalesce(channel, -1), unit, value, recorded_at
FROM reading ORDER BY station, device, quantity, coalesce(channel, -1), recorded_at DESC;

INSERT INTO reading_series (probe, step, at, n, total, low, high)
SELECT probe.id, step, begins, count(*), sum(reading.value), min(reading.value), max(reading.value)
FROM reading
JOIN probe ON (probe.station, probe.device, probe.quantity, probe.channel)
    = (reading.station, reading.device, reading.quantity, coalesce(reading.channel, -1)),
LATERAL (SELECT coalesce((SELECT zone FROM district_zone ORDER BY since DESC LIMIT 1), 'Asia/Shanghai') AS name) AS zone,
LATERAL (VALUES (60, date_trunc('minute', recorded_at)), (3600, date_trunc('hour', recorded_at)),
    (86400, date_trunc('day', recorded_at, zone.name))) AS steps (step, begins)
WHERE step > 60 OR recorded_at > now() - interval '45 days'
GROUP BY probe.id, step, begins;

UPDATE device SET last_reading_at = newest.at
FROM (SELECT station, device, max(at) AS at FROM probe GROUP BY station, device) AS newest
WHERE (device.station, device.name) = (newest.station, newest.device);
