-- name: list
SELECT id, station, device, quantity, nullif(channel, -1) AS channel, unit, value, at,
    CASE WHEN at IS NOT NULL THEN greatest(0, extract(epoch FROM now() - at))::float8 END AS age_s,
    CASE WHEN trouble <> '' THEN trouble WHEN is_out_here OR is_out_there THEN 'out_of_range' ELSE 'ok' END AS state,
    reason, name
FROM (SELECT *, replace(quantity, '/', '.') || '@' || channel AS name FROM probe) AS probe
WHERE {where}

-- name: events
SELECT event, recorded_at, station, device, quantity, channel, key, phase, state, reason, value, unit, lasted_s,
    comparison, bound, for_s, flags
FROM probe_event
WHERE {where}

-- name: series
-- All of it as one text: a row each for PostgreSQL to send and for us to read would cost most of the time. A mean
-- to the thousandth is enough for a drawing.
SELECT coalesce(json_agg(json_build_object('station', probe.station, 'device', probe.device,
    'quantity', probe.quantity, 'channel', nullif(probe.channel, -1), 'unit', probe.unit,
    'place', coalesce(points.place, ARRAY[]::int4[]), 'mean', coalesce(points.mean, ARRAY[]::float4[]),
    'low', coalesce(points.low, ARRAY[]::float4[]), 'high', coalesce(points.high, ARRAY[]::float4[]))
    ORDER BY probe.station, probe.device, probe.quantity, probe.channel), '[]')::text AS probes
FROM (
    SELECT * FROM probe
    WHERE (%(station)s::text IS NULL OR station = %(station)s) AND (%(device)s::text IS NULL OR device = %(device)s)
        AND (%(quantity)s::text IS NULL OR quantity = %(quantity)s)
        AND (%(reach)s::text[] IS NULL OR station = ANY(%(reach)s))
    ORDER BY station, device, quantity, channel LIMIT %(most)s) AS probe
LEFT JOIN LATERAL (
    SELECT array_agg(place) AS place, array_agg(mean) AS mean, array_agg(low) AS low, array_agg(high) AS high
    FROM (
        SELECT (extract(epoch FROM at - %(since)s::timestamptz)::float8 / %(step)s)::int4 AS place,
            (round(total / n * 1000) / 1000)::float4 AS mean, low::float4 AS low, high::float4 AS high
        FROM reading_series
        WHERE step = %(step)s AND reading_series.probe = probe.id AND at >= %(since)s AND at < %(until)s
        ORDER BY at) AS steps) AS points ON true
