-- name: episodes
-- One row a camera event (its key), with what its phases say: the first look, the last, and its media.
SELECT e.key, e.station, e.device, e.kind, e.zone, e.recorded_at AS at, e.event AS id, l.last_at,
       l.last_phase, e.flags, l.last_evidence::jsonb AS evidence, coalesce(m.media, '[]') AS media,
       v.review, coalesce(v.reviewed_by, '') AS reviewed_by, v.reviewed_at
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
-- The names of its columns are others: filters say `station` and `key` of the event alone.
LEFT JOIN LATERAL (SELECT verdict AS review, actor AS reviewed_by, at AS reviewed_at FROM camera_review r
                   WHERE r.station = e.station AND r.key = e.key AND r.verdict <> '') v ON true
WHERE e.phase = 'start' AND {where}

-- name: counts
SELECT e.station, e.device, e.kind, count(*) AS events, count(*) FILTER (WHERE v.review = 'real') AS real,
       count(*) FILTER (WHERE v.review = 'false') AS false, count(*) FILTER (WHERE v.review = 'unclear') AS unclear,
       coalesce(sum(extract(epoch FROM l.ended_at - e.recorded_at)), 0)::double precision AS lasted_s
FROM camera_event e
LEFT JOIN LATERAL (SELECT c.recorded_at AS ended_at FROM camera_event c
                   WHERE c.key = e.key AND c.station = e.station AND c.phase = 'end'
                      AND c.recorded_at BETWEEN e.recorded_at AND e.recorded_at + interval '31 days'
                   ORDER BY c.recorded_at DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (SELECT verdict AS review FROM camera_review r
                   WHERE r.station = e.station AND r.key = e.key AND r.verdict <> '') v ON true
WHERE e.phase = 'start' AND {where}
GROUP BY 1, 2, 3
ORDER BY events DESC, 1, 2, 3
LIMIT %(most)s

-- name: reviewed
SELECT m.station, m.key, nullif(r.verdict, '') AS before
FROM unnest(%(stations)s::text[], %(keys)s::uuid[]) AS m (station, key)
LEFT JOIN camera_review r ON r.station = m.station AND r.key = m.key
WHERE EXISTS (SELECT FROM camera_event e WHERE e.key = m.key AND e.station = m.station AND e.phase = 'start')
ORDER BY m.station, m.key

-- name: review
INSERT INTO camera_review (station, key, verdict, actor, account)
SELECT station, key, verdict, %(actor)s, %(account)s::uuid
FROM unnest(%(stations)s::text[], %(keys)s::uuid[], %(verdicts)s::text[]) AS m (station, key, verdict)
ON CONFLICT (station, key) DO UPDATE SET verdict = excluded.verdict, at = now(), actor = excluded.actor,
    account = excluded.account

-- name: groups
SELECT g.id, g.title, g.is_shared, coalesce(g.account::text, g.author) = %(holder)s AS is_own, g.author, g.created_at,
       ARRAY(SELECT one.camera FROM unnest(g.cameras) WITH ORDINALITY AS one (camera, place)
             WHERE %(seen)s::text[] IS NULL OR split_part(one.camera, '/', 1) = ANY (%(seen)s::text[])
             ORDER BY one.place) AS cameras
FROM camera_group g
WHERE g.ended_at IS NULL AND (g.is_shared OR coalesce(g.account::text, g.author) = %(holder)s) AND {where}

-- name: whole_group
SELECT g.cameras, g.is_shared, coalesce(g.account::text, g.author) = %(holder)s AS is_own
FROM camera_group g WHERE g.id = %(id)s AND g.ended_at IS NULL FOR UPDATE

-- name: known
SELECT station || '/' || name AS camera FROM device
WHERE adapter = 'camera' AND (station, name) IN
    (SELECT split_part(c, '/', 1), split_part(c, '/', 2) FROM unnest(%(cameras)s::text[]) AS c)

-- name: add_group
INSERT INTO camera_group (id, title, cameras, is_shared, author, account)
VALUES (%(id)s, %(title)s, %(cameras)s, %(is_shared)s, %(author)s, %(account)s)

-- name: change_group
UPDATE camera_group SET title = %(title)s, cameras = %(cameras)s, is_shared = %(is_shared)s WHERE id = %(id)s

-- name: end_group
UPDATE camera_group SET ended_at = now() WHERE id = %(id)s AND ended_at IS NULL

-- name: health
SELECT d.station, d.name, d.state, h.days
FROM device d
-- Nothing is known before a camera was first told of, nor since its station is out of touch.
CROSS JOIN LATERAL (
    SELECT least(d.state_at, (SELECT min(e.recorded_at) FROM camera_event e
                              WHERE e.station = d.station AND e.device = d.name)) AS since,
           (SELECT CASE WHEN s.state = 'offline' THEN coalesce(greatest(s.last_event_at, s.state_at), now()) ELSE now() END
            FROM station s WHERE s.name = d.station) AS until) k
CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(during) FILTER (WHERE kind = 'offline'), '{}') AS away,
           coalesce(range_agg(during) FILTER (WHERE kind NOT IN ('offline', 'unstable')), '{}') AS blind,
           coalesce(range_agg(during) FILTER (WHERE kind = 'unstable'), '{}') AS unstable
    FROM (SELECT e.kind, tstzrange(e.recorded_at, greatest(e.recorded_at, coalesce(x.ended_at, k.until))) AS during
          FROM camera_event e
          LEFT JOIN LATERAL (SELECT c.recorded_at AS ended_at FROM camera_event c
                             WHERE c.key = e.key AND c.station = e.station AND c.phase = 'end'
                                AND c.recorded_at >= e.recorded_at - interval '1 day'
                             ORDER BY c.recorded_at DESC LIMIT 1) x ON true
          WHERE e.station = d.station AND e.device = d.name AND e.phase = 'start' AND e.kind = ANY (%(untrusted)s)
            AND e.recorded_at >= (%(first)s::date - 31)::timestamp AT TIME ZONE %(zone)s
            AND e.recorded_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
          UNION ALL
          -- What began before that and goes on.
          SELECT c.kind, tstzrange(c.at, greatest(c.at, k.until)) FROM camera_trouble c
          WHERE c.station = d.station AND c.device = d.name
            AND c.at < (%(first)s::date - 31)::timestamp AT TIME ZONE %(zone)s) AS episode) said
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('day', day,
        'known_s', (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0) FROM unnest(known) AS r),
        'away_s', (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)
                   FROM unnest(known * said.away) AS r),
        'blind_s', (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)
                    FROM unnest(known * said.blind - said.away) AS r),
        'unstable_s', (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)
                       FROM unnest(known * said.unstable - said.away - said.blind) AS r)) ORDER BY day) AS days
    FROM (SELECT g::date AS day, tstzmultirange(
                tstzrange(g::date::timestamp AT TIME ZONE %(zone)s, (g::date + 1)::timestamp AT TIME ZONE %(zone)s)
                * CASE WHEN k.since IS NULL OR k.since > k.until THEN 'empty' ELSE tstzrange(k.since, k.until) END) AS known
          FROM generate_series(%(first)s::date::timestamp, %(last)s::date::timestamp, interval '1 day') AS g) AS one) h
WHERE d.adapter = 'camera' AND {where}

-- name: layouts
SELECT d.station, d.name, p.version, p.layout, p.at, coalesce(p.author, '') AS author,
       c.said, b.body -> 'document' AS document, b.received_at AS told_at
FROM device d
LEFT JOIN LATERAL (SELECT version, layout, at, author FROM camera_layout l
                   WHERE l.station = d.station AND l.camera = d.name ORDER BY version DESC LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT body, received_at FROM station_status t WHERE t.station = d.station) b ON true
LEFT JOIN LATERAL (SELECT one AS said FROM jsonb_array_elements(
                       CASE WHEN jsonb_typeof(b.body -> 'cameras') = 'array' THEN b.body -> 'cameras' ELSE '[]' END) AS one
                   WHERE one ->> 'name' = d.name LIMIT 1) c ON true
WHERE d.adapter = 'camera' AND {where}

-- name: add_layout
INSERT INTO camera_layout (station, camera, version, layout, author, account)
SELECT %(station)s, %(camera)s, greatest(extract(epoch FROM now())::bigint, %(based_on)s::bigint + 1), %(layout)s,
       %(author)s, %(account)s::uuid
WHERE %(based_on)s::bigint = coalesce((SELECT max(version) FROM camera_layout
                                       WHERE station = %(station)s AND camera = %(camera)s), 0)
ON CONFLICT DO NOTHING

-- name: is_known
SELECT EXISTS (SELECT FROM device WHERE station = %(station)s AND name = %(camera)s AND adapter = 'camera') AS is_known
