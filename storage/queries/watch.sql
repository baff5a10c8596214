-- What the centre watches by itself: the newest status of each station, the heartbeats of ingest, and the episodes.

-- name: try_watch
SELECT pg_try_advisory_xact_lock(%(key)b)

-- name: now
SELECT now()

-- name: episodes
SELECT key, rule, station, since, off_since, raised_at, most, EXISTS (
    SELECT FROM alert WHERE alert.key = watch.key AND alert.state IN ('open', 'acknowledged', 'in_progress'))
FROM watch WHERE rule = ANY (%(rules)b::text[])

-- name: keep_episodes
INSERT INTO watch (key, rule, station, since, off_since, raised_at, most)
SELECT * FROM unnest(%(key)b::text[], %(rule)b::text[], %(station)b::text[], %(since)b::timestamptz[],
    %(off_since)b::timestamptz[], %(raised_at)b::timestamptz[], %(most)b::float8[])
ON CONFLICT (key) DO UPDATE SET off_since = excluded.off_since, raised_at = excluded.raised_at, most = excluded.most

-- name: forget_episodes
-- What was wrong is kept for the rules in `kept`: other thresholds are tried on it.
WITH over AS (DELETE FROM watch WHERE key = ANY (%(keys)b::text[]) RETURNING *)
INSERT INTO watch_past (rule, key, station, began, ended, most)
SELECT rule, key, station, since, coalesce(off_since, now()), most FROM over WHERE rule = ANY (%(kept)b::text[])

-- name: statuses
-- In the order of their names. `body` as text: who has read it before knows it again.
SELECT station_status.station, station_status.received_at, station_status.state, station_status.body::text,
    station.last_event_at
FROM station_status JOIN station ON station.name = station_status.station
WHERE station.standing = 'enrolled' ORDER BY 1

-- name: listening_since
-- Since when some process that is alive hears what stations say, by whichever of its lanes statuses come.
SELECT min(since) FROM (
    SELECT max(connected_at) AS since FROM ingest_worker WHERE at > now() - interval '1 minute'
    GROUP BY name HAVING count(connected_at) = count(*)
) AS heard

-- name: beat
INSERT INTO ingest_worker (name, lane, at, connected_at, committed_at, queued, version)
VALUES (%(name)b, %(lane)b, now(), now() - make_interval(secs => %(connected_s)b),
    now() - make_interval(secs => %(committed_s)b), %(queued)b, %(version)b)
ON CONFLICT (name, lane) DO UPDATE SET at = excluded.at, connected_at = excluded.connected_at,
    committed_at = coalesce(excluded.committed_at, ingest_worker.committed_at), queued = excluded.queued,
    version = excluded.version

-- name: leave
DELETE FROM ingest_worker WHERE name = %(name)b AND lane = %(lane)b

-- name: workers
SELECT name, lane, at, connected_at, committed_at, queued FROM ingest_worker ORDER BY name, lane

-- name: forget_workers
DELETE FROM ingest_worker WHERE (name, lane) IN (SELECT * FROM unnest(%(names)b::text[], %(lanes)b::text[]))

-- name: database_size
SELECT pg_database_size(current_database())

-- name: sizes_before
-- The oldest that is known of each place: a week ago at most.
SELECT DISTINCT ON (place) place, at, used FROM place_size ORDER BY place, hour

-- name: keep_sizes
INSERT INTO place_size (place, hour, at, used)
SELECT place, %(hour)s, %(now)s, used FROM unnest(%(place)s::text[], %(used)s::int8[]) AS new (place, used)
ON CONFLICT (place, hour) DO NOTHING

-- name: forget_sizes
DELETE FROM place_size WHERE hour < now() - interval '7 days'
