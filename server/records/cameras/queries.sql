-- name: episodes
-- One row a camera event (its key), with what its phases say: the first look, the last, and its media.
SELECT e.key, e.station, e.device, e.kind, e.zone, e.recorded_at AS at, e.event AS id, l.last_at,
       l.last_phase, e.flags, l.last_evidence::jsonb AS evidence, coalesce(m.media, '[]') AS media
FROM camera_event e
-- Nearly all end within a month; only for what did not is the second query run, from its beginning on.
CROSS JOIN LATERAL (
    (SELECT c.recorded_at AS last_at, c.phase AS last_phase, c.evidence AS last_evidence FROM camera_event c
     WHERE c.key = e.key AND c.station = e.station AND c.phase = 'end'
        AND c.recorded_at BETWEEN e.recorded_at - interval '1 day' AND e.recorded_at + interval '31 days'
     ORDER BY c.recorded_at DESC, c.event DESC LIMIT 1)
    UNION ALL
    (SELECT c.recorded_at AS last_at, c.phase AS last_phase, c.evidence AS last_evidence FROM camera_event c
     WHERE c.key = e.key AND c.station = e.station AND c.recorded_at >= e.recorded_at - interval '1 day'
     ORDER BY c.recorded_at DESC, c.event DESC LIMIT 1)
    LIMIT 1) l
CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('hash', encode(media.hash, 'hex'), 'type', type, 'size', size,
                           'is_stored', stored_at IS NOT NULL AND retired_at IS NULL)
                           ORDER BY event_media.recorded_at, media.hash) AS media
                    FROM event_media JOIN media USING (station, hash)
                    WHERE event_media.key = e.key AND event_media.station = e.station) m
WHERE e.phase = 'start' AND {where}

-- name: is_known
SELECT EXISTS (SELECT FROM device WHERE station = %(station)s AND name = %(camera)s AND adapter = 'camera') AS is_known
