-- name: list
SELECT event, recorded_at, station, device, received_at, measured_at, measured_at_text, adapter, profile,
       encode(identity, 'hex') AS identity, item, item_name, role, origin, sample, commodity, stall, vendor, run,
       channel, record, method, standard, value, value_text, unit, verdict, decided_verdict, device_verdict,
       decided_by, operator, is_retest, flags
FROM result
WHERE {where}
