-- name: list
SELECT id, action, subject, station, why, facts, asked_by, asked_at, ends_at, decided_by, decided_at, decided_why,
       CASE WHEN state = 'waiting' AND ends_at <= now() THEN 'ended' ELSE state END AS state,
       account = %(me)s::uuid AS is_mine
FROM proposal
WHERE {where}

-- name: lock
SELECT id, action, subject, station, why, facts, account, asked_by, state, ends_at <= now() AS is_late FROM proposal
WHERE id = %(id)s FOR UPDATE

-- name: make
INSERT INTO proposal (id, action, subject, station, why, facts, account, asked_by, ends_at)
VALUES (%(id)s, %(action)s, %(subject)s, %(station)s, %(why)s, %(facts)s, %(account)s, %(asked_by)s,
    now() + make_interval(secs => %(for_s)s))
ON CONFLICT (action, subject) WHERE state = 'waiting' DO NOTHING

-- name: settle
UPDATE proposal SET state = %(state)s, decided_by = %(by)s, decided_at = now(), decided_why = %(why)s
WHERE id = %(id)s

-- name: end
-- The time of these is over.
UPDATE proposal SET state = 'ended', decided_at = now() WHERE state = 'waiting' AND ends_at <= now()
RETURNING id, action, subject, station, asked_by

-- name: others
-- Other accounts that may decide: with one of these roles for the station's area, or one above it, or everywhere.
WITH RECURSIVE above (code) AS (
    SELECT area FROM station WHERE name = %(station)s
    UNION SELECT area.parent FROM area JOIN above ON area.code = above.code
)
SELECT EXISTS (
    SELECT FROM account a JOIN account_role r ON r.account = a.id
    WHERE a.is_enabled AND a.id <> %(account)s AND r.role = ANY(%(roles)s)
      AND (r.area IS NULL OR r.area IN (SELECT code FROM above))
) AS is_there
