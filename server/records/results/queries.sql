-- name: list
SELECT event, recorded_at, station, device, received_at, measured_at, measured_at_text, adapter, profile,
       encode(identity, 'hex') AS identity, item, item_name, role, origin, sample, commodity, stall, vendor, run,
       channel, record, method, standard, value, value_text, unit, verdict, decided_verdict, device_verdict,
       decided_by, operator, is_retest, flags
FROM result
WHERE (%(station)s::text IS NULL OR station = %(station)s)
  AND (%(device)s::text IS NULL OR device = %(device)s)
  AND (%(item)s::text IS NULL OR item = %(item)s)
  AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)
  AND (%(role)s::text IS NULL OR role = %(role)s)
  AND (%(commodity)s::text IS NULL OR commodity = %(commodity)s)
  AND (%(sample)s::text IS NULL OR sample = %(sample)s)
  AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR recorded_at < %(until)s)
  AND (%(after_at)s::timestamptz IS NULL OR (recorded_at, event) < (%(after_at)s, %(after_id)s))
  -- The row comparison alone excludes no chunk of a hypertable.
  AND (%(after_at)s::timestamptz IS NULL OR recorded_at <= %(after_at)s)
ORDER BY recorded_at DESC, event DESC
LIMIT %(limit)s
