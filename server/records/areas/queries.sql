-- name: list
SELECT code, parent, name, name_en, (SELECT count(*) FROM station WHERE station.area = area.code) AS stations
FROM area
WHERE {where}
