-- name: list
SELECT s.name, s.title, s.title_en, s.area, s.kind, s.latitude, s.longitude, s.state, s.state_at, s.last_event_at,
       s.standing,
       (SELECT max(ends_at) FROM station_certificate WHERE station = s.name AND revoked_at IS NULL)
           AS certificate_ends_at,
       (SELECT max(expires_at) FROM enrolment_code
        WHERE station = s.name AND ended_at IS NULL AND expires_at > now()) AS code_until,
       s.waiting, s.repeats, s.version, s.public_key IS NOT NULL AS has_key,
       d.devices, d.devices_online, r.tests, r.failed_tests, v.voided_tests, p.samples, p.failed_samples, c.gaps,
       c.is_broken
FROM station s
CROSS JOIN LATERAL (SELECT count(*) AS devices, count(*) FILTER (WHERE state = 'online') AS devices_online
                    FROM device WHERE station = s.name) d
CROSS JOIN LATERAL (SELECT coalesce(sum(tests), 0)::bigint AS tests,
                           coalesce(sum(tests) FILTER (WHERE verdict = 'fail'), 0)::bigint AS failed_tests
                    FROM daily_result WHERE station = s.name AND day = %(today)s) r
CROSS JOIN LATERAL (SELECT count(*) AS voided_tests FROM voided
                    WHERE station = s.name AND day = %(today)s AND role = 'sample') v
CROSS JOIN LATERAL (SELECT coalesce(sum(samples), 0)::bigint AS samples,
                           coalesce(sum(failed), 0)::bigint AS failed_samples
                    FROM daily_station WHERE station = s.name AND day = %(today)s) p
CROSS JOIN LATERAL (SELECT count(gap_since) AS gaps, count(broken_at) > 0 AS is_broken
                    FROM stream WHERE station = s.name) c
WHERE {where}

-- name: devices
SELECT station, name, coalesce(title, '') AS title, coalesce(title_en, '') AS title_en, adapter, profile, state, reason, state_at, clock_skew_s, last_result_at,
       CASE WHEN last_result_at IS NOT NULL THEN greatest(0, extract(epoch FROM now() - last_result_at))::float8 END
           AS last_result_age_s,
       last_reading_at,
       CASE WHEN last_reading_at IS NOT NULL THEN greatest(0, extract(epoch FROM now() - last_reading_at))::float8 END
           AS last_reading_age_s, dead_letters, repeats
FROM (
    SELECT device.*, t.title, t.title_en, told.dead_letters, told.repeats FROM device
    LEFT JOIN device_title t ON t.station = device.station AND t.device = device.name
    LEFT JOIN LATERAL (
        SELECT (said ->> 'dead_letters')::bigint AS dead_letters, (said ->> 'repeats')::bigint AS repeats
        FROM station_status, jsonb_array_elements(station_status.body -> 'devices') AS said
        WHERE station_status.station = device.station AND said ->> 'name' = device.name LIMIT 1
    ) AS told ON true
) AS device
WHERE {where}

-- name: is_migrated
SELECT to_regclass('feed') IS NOT NULL AND to_regclass('delivery_attempt') IS NOT NULL AS is_migrated

-- name: now
SELECT now() AS at

-- name: is_there
SELECT true AS is_there FROM station WHERE name = %(station)s

-- name: name_device
INSERT INTO device_title (station, device, title, title_en)
SELECT station, name, %(title)s, %(title_en)s FROM device WHERE station = %(station)s AND name = %(device)s
ON CONFLICT (station, device) DO UPDATE SET title = excluded.title, title_en = excluded.title_en
