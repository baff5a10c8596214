-- name: list
-- What was registered of the sample comes before what the result says of it: that of the newest link, also where that
-- link says that there is none.
SELECT event, recorded_at, station, device, received_at, measured_at, measured_at_text, adapter, profile,
       encode(identity, 'hex') AS identity, item, item_name, role, origin,
       coalesce(nullif(tied_number, ''), sample) AS sample, coalesce(nullif(tied_commodity, ''), commodity) AS commodity,
       CASE WHEN is_tied THEN coalesce(tied_stall, '') ELSE stall END AS stall,
       CASE WHEN is_tied THEN coalesce(tied_vendor, '') ELSE vendor END AS vendor,
       coalesce(tied_supplier, '') AS supplier, coalesce(tied_lot, '') AS lot,
       coalesce(tied_origin_place, '') AS origin_place, registered, linked_by, sample AS sample_said, run,
       channel, record, method, standard, value, value_text, unit, verdict, decided_verdict, device_verdict,
       decided_by, operator, is_retest, flags, voided_at IS NOT NULL AS is_void, voided_at, voided_by,
       void_confirmed_by, void_why
FROM result
LEFT JOIN LATERAL (
    SELECT true AS is_tied, link_now.sample AS registered, link_now.rule AS linked_by, sample_now.number AS tied_number,
           sample_now.commodity AS tied_commodity, sample_now.stall AS tied_stall, sample_now.vendor AS tied_vendor,
           sample_now.supplier AS tied_supplier, sample_now.lot AS tied_lot, sample_now.origin_place AS tied_origin_place
    FROM link_now LEFT JOIN sample_now ON sample_now.station = link_now.station AND sample_now.key = link_now.sample
    WHERE link_now.station = result.station AND link_now.of_event = result.event
    LIMIT 1
) AS tied ON true
-- A row at a time, so that a page is read from an index in its order.
LEFT JOIN LATERAL (
    SELECT at AS voided_at, actor AS voided_by, confirmed_by AS void_confirmed_by, why AS void_why
    FROM voided WHERE voided.event = result.event LIMIT 1) AS void ON true
WHERE {where}

-- name: void
-- The day and the sample as they were counted.
INSERT INTO voided (event, recorded_at, station, zone, day, item, verdict, role, sample, actor, confirmed_by, why)
SELECT event, recorded_at, station, zone, (recorded_at AT TIME ZONE zone)::date, item, verdict, role,
    CASE WHEN sample = '' THEN event::text ELSE device || '/' || sample || '/' || commodity END,
    %(actor)s, %(confirmed_by)s, %(why)s
FROM result CROSS JOIN LATERAL (
    SELECT coalesce(
        (SELECT zone FROM district_zone WHERE since <= received_at ORDER BY since DESC LIMIT 1),
        (SELECT zone FROM district_zone ORDER BY since LIMIT 1), 'Asia/Shanghai') AS zone) AS counted
WHERE event = %(event)s::uuid
ON CONFLICT DO NOTHING

-- name: is_void
SELECT event AS id FROM voided WHERE event = %(event)s::uuid

-- name: alerts
SELECT DISTINCT alert AS id FROM alert_step WHERE event = %(event)s::uuid AND action IN ('opened', 'joined')
ORDER BY 1 -- the alerts are locked one by one: in one order, whoever does it

-- name: limit
-- The limit as it was when the result was taken in; of a table older than its history, as it is now.
SELECT code, comparison, value, unit, commodity, standard, source, valid_from, version FROM (
    SELECT h.*, 1 AS turn FROM analyte_limit_history h
    WHERE code = %(code)s AND at <= %(at)s AND action <> 'delete'
    UNION ALL
    SELECT h.*, 2 AS turn FROM analyte_limit_history h WHERE code = %(code)s AND action <> 'delete'
) AS was ORDER BY turn, CASE turn WHEN 1 THEN at END DESC, CASE turn WHEN 2 THEN at END, id DESC LIMIT 1

-- name: place
-- A checkpoint covers all before it: the first one behind the event, if the stream is signed so far.
SELECT e.stream, e.sequence, encode(e.hash, 'hex') AS hash, encode(e.previous, 'hex') AS previous, e.body,
       s.through, s.broken_at, s.signed_through, c.recorded_at AS signed_at, c.sequence AS signed_by,
       a.number AS anchor, a.at AS anchored_at,
       coalesce((SELECT array_agg(name ORDER BY name) FROM anchor_place WHERE number >= a.number), '{}') AS kept_at
FROM event e
JOIN stream s ON s.id = e.stream
LEFT JOIN LATERAL (SELECT sequence, recorded_at, received_at FROM event
                   WHERE stream = e.stream AND sequence > e.sequence AND sequence <= e.sequence + 5000
                     AND type = 'shian.checkpoint.v1' AND e.sequence <= s.signed_through
                   ORDER BY sequence LIMIT 1) c ON true
LEFT JOIN LATERAL (SELECT number, at FROM anchor WHERE at > c.received_at ORDER BY number LIMIT 1) a ON true
WHERE e.id = %(event)s AND e.station <> 'centre'

-- name: its_alerts
SELECT id, rule, severity, state, opened_at FROM alert
WHERE station = %(station)s
  AND (event = %(event)s OR (%(sample)s::text <> '' AND sample = %(sample)s AND item = %(item)s
                             AND rule IN ('failed_test', 'verdicts_disagree')))
ORDER BY opened_at DESC LIMIT 20
