-- name: list
-- The registration of each sample that holds; samples of older stations, which have no key, each by itself.
SELECT event, recorded_at, station, number, code, commodity, category, stall, vendor, licence, supplier, origin_place,
       lot, produced_on, purchased_on, quantity, unit, nullif(way, '') AS way, sampler, sampled_at,
       string_to_array(items, E'\n') AS items, task, scanned, encode(photo, 'hex') AS photo, registrar, revision, key,
       flags, results, failed
FROM sample
LEFT JOIN LATERAL (
    SELECT count(*) AS results, count(*) FILTER (WHERE verdict = 'fail') AS failed
    FROM link_now JOIN result ON result.event = link_now.of_event AND result.recorded_at = link_now.of_recorded_at
    WHERE link_now.station = sample.station AND link_now.sample = sample.key
) AS tests ON true
WHERE (key IS NULL OR EXISTS (SELECT FROM sample_now WHERE sample_now.station = sample.station
       AND sample_now.key = sample.key AND sample_now.event = sample.event)) AND {where}

-- name: links
-- All that was ever said of a result's sample, the last first.
SELECT link.event, link.recorded_at, link.sample, link.number, link.rule, link.revision, link.who, link.why,
       link.event = link_now.event AS holds
FROM link_now JOIN link ON link.station = link_now.station AND link.result = link_now.result
WHERE link_now.of_event = %(result)s AND (%(reach)s::text[] IS NULL OR link_now.station = ANY(%(reach)s))
ORDER BY link.revision DESC, link.recorded_at DESC, link.event DESC LIMIT 500
