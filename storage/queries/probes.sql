-- What ingest asks and writes about probes, in its one transaction. Rows are locked in the order of the four names, and
-- read by the names of their columns (ingest/probes.py:Locked).

-- name: limits
SELECT code, station, device, quantity, channel, above, below, unit, for_s, valid_from, valid_to FROM reading_limit

-- name: add_probes
INSERT INTO probe (station, device, quantity, channel)
SELECT new.station, new.device, new.quantity, new.channel
FROM unnest(%(station)b::text[], %(device)b::text[], %(quantity)b::text[], %(channel)b::int4[])
    AS new (station, device, quantity, channel)
WHERE NOT EXISTS (SELECT FROM probe WHERE (probe.station, probe.device, probe.quantity, probe.channel)
    = (new.station, new.device, new.quantity, new.channel))
ORDER BY new.station, new.device, new.quantity, new.channel
ON CONFLICT (station, device, quantity, channel) DO NOTHING

-- name: lock_probes
SELECT * FROM probe
WHERE (station, device, quantity, channel) IN (SELECT * FROM
    unnest(%(station)b::text[], %(device)b::text[], %(quantity)b::text[], %(channel)b::int4[]))
ORDER BY station, device, quantity, channel
FOR NO KEY UPDATE

-- name: lock_gone
-- Probes in trouble that are not there any more: the station is out of service; its newest status does not name the
-- device (a status names 64 at most); or the device has brought other values for a day and none of this one, of which
-- the station would say that it is silent: its profile has another name for it.
SELECT * FROM probe
WHERE (trouble <> '' OR is_out_here OR is_out_there) AND (
    EXISTS (SELECT FROM station WHERE name = probe.station AND standing <> 'enrolled')
    OR EXISTS (
        SELECT FROM station_status
        WHERE station = probe.station AND state = 'online'
            AND received_at > greatest(probe.at, probe.trouble_at, probe.out_there_at)
            AND jsonb_array_length(body -> 'devices') < 64
            AND NOT body -> 'devices' @> jsonb_build_array(jsonb_build_object('name', probe.device)))
    OR trouble = '' AND EXISTS (
        SELECT FROM device WHERE device.station = probe.station AND name = probe.device
            AND last_reading_at > greatest(probe.at, probe.trouble_at, probe.out_there_at) + interval '1 day'))
ORDER BY station, device, quantity, channel
FOR NO KEY UPDATE SKIP LOCKED

-- name: lock_divided
-- Probes of which people are told otherwise than the station says, with its last word.
SELECT probe.*, said.*
FROM probe LEFT JOIN LATERAL (
    SELECT event, comparison, bound, lasted_s FROM probe_event
    WHERE probe_event.station = probe.station AND probe_event.device = probe.device
        AND probe_event.quantity = probe.quantity AND coalesce(probe_event.channel, -1) = probe.channel
        AND probe_event.state = 'out_of_range' AND phase = 'start'
    ORDER BY recorded_at DESC, event DESC LIMIT 1) AS said ON true
WHERE is_out_here <> is_out_there
ORDER BY station, device, quantity, channel
FOR NO KEY UPDATE OF probe SKIP LOCKED

-- name: add_to_series
INSERT INTO reading_series (step, probe, at, n, total, low, high)
SELECT * FROM unnest(%(step)b::int4[], %(probe)b::int8[], %(at)b::timestamptz[], %(n)b::int4[], %(total)b::float8[],
    %(low)b::float8[], %(high)b::float8[])
ON CONFLICT (step, probe, at) DO UPDATE SET n = reading_series.n + excluded.n,
    total = reading_series.total + excluded.total, low = least(reading_series.low, excluded.low),
    high = greatest(reading_series.high, excluded.high)

-- name: forget_minutes
DELETE FROM reading_series
WHERE (step, probe, at) IN (SELECT step, probe, at FROM reading_series WHERE step = 60 AND at < %(before)b LIMIT %(most)b)
