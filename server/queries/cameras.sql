-- name: episodes
-- One row a camera event (its key), with what its phases say: the first look, the last, and its media.
SELECT e.key, e.station, e.device, e.kind, e.zone, e.recorded_at AS at, e.event AS id, l.recorded_at AS last_at,
       l.phase AS last_phase, e.flags, l.evidence::jsonb AS evidence, coalesce(m.media, '[]') AS media
FROM camera_event e
CROSS JOIN LATERAL (SELECT recorded_at, phase, evidence FROM camera_event
                    WHERE key = e.key ORDER BY recorded_at DESC, event DESC LIMIT 1) l
CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('hash', encode(hash, 'hex'), 'type', type, 'size', size,
                           'is_stored', stored_at IS NOT NULL) ORDER BY recorded_at, hash) AS media
                    FROM media WHERE key = e.key AND station = e.station) m
WHERE e.phase = 'start'
  AND (%(station)s::text IS NULL OR e.station = %(station)s)
  AND (%(device)s::text IS NULL OR e.device = %(device)s)
  AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))
  AND (%(key)s::uuid IS NULL OR e.key = %(key)s)
  AND (%(since)s::timestamptz IS NULL OR e.recorded_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR e.recorded_at < %(until)s)
  AND (%(after_at)s::timestamptz IS NULL OR (e.recorded_at, e.event) < (%(after_at)s, %(after_id)s))
ORDER BY e.recorded_at DESC, e.event DESC
LIMIT %(limit)s

-- name: is_known
SELECT EXISTS (SELECT FROM device WHERE station = %(station)s AND name = %(camera)s AND adapter = 'camera') AS is_known
