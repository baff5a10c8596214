-- What ingest asks and writes about probes, in its one transaction. Rows are locked in the order of the four names.

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
SELECT id, station, device, quantity, channel, unit, value, at, trouble, reason, trouble_at, is_out_there, out_there_at,
    limit_code, beyond_since, back_since, is_out_here
FROM probe
WHERE (station, device, quantity, channel) IN (SELECT * FROM
    unnest(%(station)b::text[], %(device)b::text[], %(quantity)b::text[], %(channel)b::int4[]))
ORDER BY station, device, quantity, channel
FOR NO KEY UPDATE

-- name: note_probes
UPDATE probe SET unit = new.unit, value = new.value, at = new.at, trouble = new.trouble, reason = new.reason,
    trouble_at = new.trouble_at, is_out_there = new.is_out_there, out_there_at = new.out_there_at,
    limit_code = new.limit_code, beyond_since = new.beyond_since, back_since = new.back_since,
    is_out_here = new.is_out_here
FROM unnest(%(id)b::int8[], %(unit)b::text[], %(value)b::float8[], %(at)b::timestamptz[], %(trouble)b::text[],
    %(reason)b::text[], %(trouble_at)b::timestamptz[], %(is_out_there)b::bool[], %(out_there_at)b::timestamptz[],
    %(limit_code)b::text[], %(beyond_since)b::timestamptz[], %(back_since)b::timestamptz[], %(is_out_here)b::bool[])
    AS new (id, unit, value, at, trouble, reason, trouble_at, is_out_there, out_there_at, limit_code, beyond_since,
        back_since, is_out_here)
WHERE probe.id = new.id

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
