-- name: list
SELECT id, station, device, quantity, nullif(channel, -1) AS channel, unit, value, at,
    CASE WHEN at IS NOT NULL THEN greatest(0, extract(epoch FROM now() - at))::float8 END AS age_s,
    state, reason, name, above, below, limit_unit, for_s
FROM (
    SELECT probe.*, replace(quantity, '/', '.') || '@' || channel AS name, above, below, limit_unit, for_s
    FROM (SELECT (now() AT TIME ZONE coalesce((SELECT zone FROM district_zone ORDER BY since DESC LIMIT 1),
        'Asia/Shanghai'))::date AS day) AS today, probe LEFT JOIN LATERAL (
        -- The row that names most of the probe, as ingest/probes.py:limit_for takes it.
        SELECT above, below, unit AS limit_unit, for_s FROM reading_limit
        WHERE quantity = probe.quantity AND station IN ('', probe.station) AND device IN ('', probe.device)
            AND (channel IS NULL OR channel = probe.channel)
            AND valid_from <= today.day AND (valid_to IS NULL OR valid_to > today.day)
        ORDER BY channel IS NOT NULL DESC, device COLLATE "C" DESC, station COLLATE "C" DESC, code COLLATE "C" DESC
        LIMIT 1) AS bounds ON true) AS probe
WHERE {where}

-- name: events
SELECT event, recorded_at, station, device, quantity, channel, key, phase, state, reason, value, unit, lasted_s,
    comparison, bound, for_s, flags
FROM probe_event
WHERE {where}

-- name: series
-- All of it as one text: a row each for PostgreSQL to send and for us to read would cost most of the time. A mean
-- to the thousandth is enough for a drawing, and no value of a series is too large or too small for float4
-- (ingest/probes.py). The places of a probe without a gap are written once for all of them, which
-- is a fifth of the whole: only where one is missing they are counted by themselves.
WITH whole AS (
    SELECT count(*) AS n, coalesce(json_agg(place ORDER BY place), '[]') AS place
    FROM generate_series(0, ceil(date_part('epoch', %(until)s::timestamptz - %(since)s::timestamptz) / %(step)s)::int4
        - 1) AS place)
SELECT coalesce(json_agg(json_build_object('station', probe.station, 'device', probe.device,
    'quantity', probe.quantity, 'channel', nullif(probe.channel, -1), 'unit', coalesce(nullif(probe.drawn_unit, ''), probe.unit),
    'place', CASE WHEN points.n = whole.n THEN whole.place ELSE counted.place END,
    'mean', coalesce(points.mean, ARRAY[]::float4[]),
    'low', coalesce(points.low, ARRAY[]::float4[]), 'high', coalesce(points.high, ARRAY[]::float4[]))
    ORDER BY probe.station, probe.device, probe.quantity, probe.channel), '[]')::text AS probes,
    coalesce(max(probe.fit), 0) - count(*) AS left_out
FROM (
    SELECT *, count(*) OVER () AS fit FROM probe
    WHERE (%(station)s::text IS NULL OR station = %(station)s) AND (%(device)s::text IS NULL OR device = %(device)s)
        AND (%(quantity)s::text IS NULL OR quantity = %(quantity)s)
        AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
    ORDER BY station, device, quantity, channel LIMIT %(most)s) AS probe
CROSS JOIN whole
LEFT JOIN LATERAL (
    SELECT count(*) AS n, array_agg(mean) AS mean, array_agg(low) AS low, array_agg(high) AS high
    FROM (
        SELECT (round(total / n * 1000) / 1000)::float4 AS mean, low::float4 AS low, high::float4 AS high
        FROM reading_series
        WHERE step = %(step)s AND reading_series.probe = probe.id AND at >= %(since)s AND at < %(until)s
        ORDER BY at) AS steps) AS points ON true
LEFT JOIN LATERAL (
    -- date_part, for extract counts in numeric, which is slow.
    SELECT coalesce(json_agg((date_part('epoch', at - %(since)s::timestamptz) / %(step)s)::int4 ORDER BY at), '[]')
        AS place
    FROM reading_series
    WHERE points.n <> whole.n AND step = %(step)s AND reading_series.probe = probe.id AND at >= %(since)s
        AND at < %(until)s) AS counted ON true
