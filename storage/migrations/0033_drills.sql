-- A drill is silenced where that which it plays would be.

CREATE OR REPLACE VIEW silenced AS
SELECT a.id AS alert, q.id AS silence, q.reason, q.author, q.ends_at
FROM alert a
JOIN silence q ON q.ended_at IS NULL AND q.starts_at <= now() AND q.ends_at > now()
    AND (q.stations = '{}' OR a.station = ANY (q.stations)) AND (q.devices = '{}' OR a.device = ANY (q.devices))
    AND (q.items = '{}' OR a.item = ANY (q.items))
    AND (coalesce(a.facts ->> 'drill_of', a.rule) = ANY (q.rules)
        OR q.rules = '{}' AND coalesce(a.facts ->> 'drill_of', a.rule) <> 'failed_test')
WHERE q.areas = '{}' OR EXISTS (
    WITH RECURSIVE up (area) AS (
        SELECT t.area FROM station t WHERE t.name = a.station
        UNION SELECT area.parent FROM up JOIN area ON area.code = up.area)
    SELECT FROM up WHERE up.area = ANY (q.areas));
