-- name: list
SELECT s.name, s.title, s.title_en, s.area, s.kind, s.latitude, s.longitude, s.state, s.state_at, s.last_event_at,
       s.waiting, s.repeats, s.version, s.public_key IS NOT NULL AS has_key,
       d.devices, d.devices_online, r.tests, r.failed_tests, p.samples, p.failed_samples, c.gaps, c.is_broken
FROM station s
CROSS JOIN LATERAL (SELECT count(*) AS devices, count(*) FILTER (WHERE state = 'online') AS devices_online
                    FROM device WHERE station = s.name) d
CROSS JOIN LATERAL (SELECT coalesce(sum(tests), 0)::bigint AS tests,
                           coalesce(sum(tests) FILTER (WHERE verdict = 'fail'), 0)::bigint AS failed_tests
                    FROM daily_result WHERE station = s.name AND day = %(today)s) r
CROSS JOIN LATERAL (SELECT coalesce(sum(samples), 0)::bigint AS samples,
                           coalesce(sum(failed), 0)::bigint AS failed_samples
                    FROM daily_station WHERE station = s.name AND day = %(today)s) p
CROSS JOIN LATERAL (SELECT count(gap_since) AS gaps, count(broken_at) > 0 AS is_broken
                    FROM stream WHERE station = s.name) c
WHERE {where}

-- name: devices
SELECT station, name, adapter, profile, state, reason, state_at, clock_skew_s, last_result_at,
       CASE WHEN last_result_at IS NOT NULL THEN greatest(0, extract(epoch FROM now() - last_result_at))::float8 END
           AS last_result_age_s,
       last_reading_at,
       CASE WHEN last_reading_at IS NOT NULL THEN greatest(0, extract(epoch FROM now() - last_reading_at))::float8 END
           AS last_reading_age_s
FROM device
WHERE {where}

-- name: is_migrated
SELECT to_regclass('feed') IS NOT NULL AND to_regclass('delivery_attempt') IS NOT NULL AS is_migrated

-- name: now
SELECT now() AS at
