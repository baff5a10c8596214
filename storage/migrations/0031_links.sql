-- Links in messages, which count once.

-- The key that signs them, made by the first server that needs it.
CREATE TABLE link_key (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    key         bytea NOT NULL,
    made_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE link_use (
    delivery    uuid PRIMARY KEY REFERENCES delivery (id),
    at          timestamptz NOT NULL DEFAULT now(),
    address     text NOT NULL               -- from where
);

-- The silences that an alert falls into at the moment.
CREATE VIEW silenced AS
SELECT a.id AS alert, q.id AS silence, q.reason, q.author, q.ends_at
FROM alert a
JOIN silence q ON q.ended_at IS NULL AND q.starts_at <= now() AND q.ends_at > now()
    AND (q.stations = '{}' OR a.station = ANY (q.stations)) AND (q.devices = '{}' OR a.device = ANY (q.devices))
    AND (q.items = '{}' OR a.item = ANY (q.items))
    AND (a.rule = ANY (q.rules) OR q.rules = '{}' AND a.rule <> 'failed_test')
WHERE q.areas = '{}' OR EXISTS (
    WITH RECURSIVE up (area) AS (
        SELECT t.area FROM station t WHERE t.name = a.station
        UNION SELECT area.parent FROM up JOIN area ON area.code = up.area)
    SELECT FROM up WHERE up.area = ANY (q.areas));
