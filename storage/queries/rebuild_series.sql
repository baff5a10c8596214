-- The series of probes, made again from the rows of readings. Minutes and hours by days of UTC, days by those of the
-- district's zone: an hour of UTC may lie in two days of a zone.

-- name: lock_series
LOCK TABLE reading_series IN SHARE ROW EXCLUSIVE MODE

-- name: add_probes
INSERT INTO probe (station, device, quantity, channel, unit, value, at, trouble, reason, trouble_at, is_out_there,
    out_there_at, is_out_here)
SELECT place.station, place.device, place.quantity, place.channel, coalesce(last.unit, ''), last.value, last.at,
    coalesce(trouble.trouble, ''), coalesce(trouble.reason, ''), trouble.at, coalesce(outside.is_out, false), outside.at,
    -- What people were told: whoever decides says by his next word whether it is over.
    EXISTS (SELECT FROM alert WHERE alert.station = place.station AND rule = 'out_of_range'
        AND key = concat_ws('/', rule, place.station, place.device, place.quantity, place.channel)
        AND (state IN ('open', 'acknowledged', 'in_progress')
            OR outside.is_out AND coalesce(caused_at, opened_at) >= outside.at))
FROM (
    SELECT station, device, quantity, coalesce(channel, -1) AS channel FROM reading
    UNION SELECT station, device, quantity, coalesce(channel, -1) FROM probe_event) AS place
LEFT JOIN LATERAL (
    SELECT unit, value, least(recorded_at, now()) AS at FROM reading
    WHERE (station, device, quantity, coalesce(channel, -1))
        = (place.station, place.device, place.quantity, place.channel)
    ORDER BY recorded_at DESC, event DESC LIMIT 1) AS last ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN phase = 'start' THEN state ELSE '' END AS trouble, CASE WHEN phase = 'start' THEN reason ELSE '' END
        AS reason, least(recorded_at, now()) AS at
    FROM probe_event
    WHERE (station, device, quantity, coalesce(channel, -1))
        = (place.station, place.device, place.quantity, place.channel) AND state <> 'out_of_range'
    ORDER BY recorded_at DESC, event DESC LIMIT 1) AS trouble ON true
LEFT JOIN LATERAL (
    SELECT phase = 'start' AS is_out, least(recorded_at, now()) AS at FROM probe_event
    WHERE (station, device, quantity, coalesce(channel, -1))
        = (place.station, place.device, place.quantity, place.channel) AND state IN ('out_of_range', 'ok')
    ORDER BY recorded_at DESC, event DESC LIMIT 1) AS outside ON true
WHERE NOT EXISTS (SELECT FROM probe WHERE (probe.station, probe.device, probe.quantity, probe.channel)
    = (place.station, place.device, place.quantity, place.channel))
ORDER BY 1, 2, 3, 4

-- name: draw_as_lately
-- By most readings of its last day: one that strays decides nothing.
UPDATE probe SET drawn_unit = lately.unit
FROM (SELECT probe.id, mode() WITHIN GROUP (ORDER BY reading.unit) AS unit
      FROM probe JOIN reading ON (probe.station, probe.device, probe.quantity, probe.channel)
          = (reading.station, reading.device, reading.quantity, coalesce(reading.channel, -1))
      WHERE reading.unit <> '' AND recorded_at > probe.at - interval '1 day' AND probe.drawn_unit <> probe.unit
      GROUP BY probe.id) AS lately
WHERE probe.id = lately.id

-- name: units
-- Of a day, in whichever zone.
SELECT DISTINCT reading.unit, drawn_unit FROM reading
JOIN probe ON (probe.station, probe.device, probe.quantity, probe.channel)
    = (reading.station, reading.device, reading.quantity, coalesce(reading.channel, -1))
WHERE recorded_at >= %(day)s::date - interval '1 day' AND recorded_at < %(day)s::date + interval '2 days'

-- name: forget_strangers
-- Series of probes that are not there any more: their numbers mean nothing.
DELETE FROM reading_series WHERE NOT EXISTS (SELECT FROM probe WHERE probe.id = reading_series.probe)

-- name: days
SELECT min(recorded_at)::date, max(recorded_at)::date + 1 FROM reading

-- name: forget_steps
DELETE FROM reading_series USING probe
WHERE reading_series.probe = probe.id AND step IN (60, 3600)
    AND reading_series.at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
    AND reading_series.at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'

-- name: forget_day
DELETE FROM reading_series USING probe
WHERE reading_series.probe = probe.id AND step = 86400
    AND reading_series.at = %(day)s::date::timestamp AT TIME ZONE %(zone)s

-- name: make_steps
-- A value as Probe.drawn has it (ingest/probes.py). The rows are those of the one day and of the other, by least and
-- greatest, so that a table of readings in chunks is read no further.
INSERT INTO reading_series (step, probe, at, n, total, low, high)
SELECT steps.step, probe.id, date_trunc(steps.width, recorded_at, steps.zone), count(*), sum(drawn.value),
    min(drawn.value), max(drawn.value)
FROM reading
JOIN probe ON (probe.station, probe.device, probe.quantity, probe.channel)
    = (reading.station, reading.device, reading.quantity, coalesce(reading.channel, -1))
JOIN unnest(%(units)s::text[], %(drawn)s::text[], %(factor)s::float8[], %(plus)s::float8[])
    AS known (unit, drawn, factor, plus) ON (known.unit, known.drawn) = (reading.unit, probe.drawn_unit)
CROSS JOIN LATERAL (
    SELECT CASE WHEN abs(reading.value) < %(largest)s THEN reading.value * factor + plus END AS value) AS unbound
CROSS JOIN LATERAL (
    SELECT CASE WHEN abs(unbound.value) >= %(smallest)s THEN unbound.value ELSE 0 END AS value
    WHERE abs(unbound.value) < %(largest)s) AS drawn
CROSS JOIN (VALUES (60, 'minute', 'UTC'), (3600, 'hour', 'UTC'), (86400, 'day', %(zone)s)) AS steps (step, width, zone)
WHERE recorded_at >= least(%(day)s::date::timestamp AT TIME ZONE 'UTC', %(day)s::date::timestamp AT TIME ZONE %(zone)s)
    AND recorded_at < greatest((%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC',
        (%(day)s::date + 1)::timestamp AT TIME ZONE %(zone)s)
    AND recorded_at >= %(day)s::date::timestamp AT TIME ZONE steps.zone
    AND recorded_at < (%(day)s::date + 1)::timestamp AT TIME ZONE steps.zone
    AND (steps.step <> 60 OR recorded_at >= %(minutes_from)s)
GROUP BY 1, 2, 3
