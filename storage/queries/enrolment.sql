-- Codes, certificates and standing of stations.

-- name: lock_station
SELECT standing, public_key, title, area FROM station WHERE name = %(name)s FOR NO KEY UPDATE

-- name: end_codes
UPDATE enrolment_code SET ended_at = now(), outcome = %(outcome)s WHERE station = %(name)s AND ended_at IS NULL

-- name: add_code
-- One that ended long ago makes room for the same first group.
INSERT INTO enrolment_code (id, station, hash, expires_at)
VALUES (%(id)s, %(name)s, %(hash)s, now() + make_interval(secs => %(lifetime_s)s))
ON CONFLICT (id) DO UPDATE SET station = excluded.station, hash = excluded.hash, created_at = now(),
    expires_at = excluded.expires_at, tries = 0, ended_at = NULL, outcome = ''
WHERE enrolment_code.ended_at < now() - interval '1 day' OR enrolment_code.expires_at < now() - interval '1 day'
RETURNING expires_at

-- name: code
SELECT station, hash, expires_at <= now() AS is_late, ended_at IS NOT NULL AS is_ended, outcome, tries
FROM enrolment_code WHERE id = %(id)s FOR UPDATE

-- name: wrong_try
UPDATE enrolment_code SET tries = tries + 1,
    ended_at = CASE WHEN tries + 1 >= %(most)s THEN now() END,
    outcome = CASE WHEN tries + 1 >= %(most)s THEN 'tries' ELSE '' END
WHERE id = %(id)s

-- name: use_code
UPDATE enrolment_code SET ended_at = now(), outcome = 'used' WHERE id = %(id)s

-- name: take_key
-- The key that the station made. A station that was revoked is listened to again: an officer asked for the code.
UPDATE station SET public_key = %(key)s, standing = 'enrolled',
    standing_at = CASE WHEN standing = 'enrolled' THEN standing_at ELSE now() END
WHERE name = %(name)s

-- name: set_standing
UPDATE station SET standing = %(standing)s, standing_at = now(), state = 'offline', state_at = now()
WHERE name = %(name)s

-- name: rename
UPDATE station SET title = coalesce(%(title)s, title), title_en = coalesce(%(title_en)s, title_en) WHERE name = %(name)s

-- name: move
UPDATE station SET area = %(area)s WHERE name = %(name)s

-- name: revoke_certificates
UPDATE station_certificate SET revoked_at = now(), why = %(why)s
WHERE station = %(name)s AND revoked_at IS NULL AND ends_at > now()
RETURNING serial

-- name: add_certificate
INSERT INTO station_certificate (serial, station, ends_at, fingerprint)
VALUES (%(serial)s, %(name)s, %(ends_at)s, %(fingerprint)s)

-- name: issued_today
SELECT count(*) FROM station_certificate WHERE station = %(name)s AND issued_at > now() - interval '1 day'

-- name: revoked
-- What is revoked and has not ended by itself: the list stays short.
SELECT serial, revoked_at FROM station_certificate
WHERE revoked_at IS NOT NULL AND ends_at > now() - interval '1 day' ORDER BY serial

-- name: place
SELECT url, fingerprint FROM enrolment_place

-- name: note_place
INSERT INTO enrolment_place (url, fingerprint) VALUES (%(url)s, %(fingerprint)s)
ON CONFLICT (is_only) DO UPDATE SET url = excluded.url, fingerprint = excluded.fingerprint, noted_at = now()
