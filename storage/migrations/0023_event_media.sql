-- The pictures and clips of a camera event are its own list of hashes. `media` has one row a hash, with the first event
-- that named it: a camera that shows the same picture again left its later events without any.

CREATE TABLE event_media (
    station     text NOT NULL,
    key         uuid NOT NULL,              -- of the camera event
    hash        bytea NOT NULL,             -- of `media`
    recorded_at timestamptz NOT NULL,       -- of the phase that named it first
    PRIMARY KEY (station, key, hash)
);
CREATE INDEX event_media_hash ON event_media (station, hash);
DROP INDEX media_key;

INSERT INTO event_media (station, key, hash, recorded_at)
SELECT DISTINCT ON (station, key, hash) event.station, (data ->> 'key')::uuid AS key, decode(digest, 'hex') AS hash,
    event.recorded_at
FROM (SELECT station, recorded_at, convert_from(body, 'UTF8')::json -> 'data' AS data
      FROM event WHERE type = 'shian.camera.v1') AS event,
    json_array_elements_text(coalesce(data -> 'media', '[]')) AS digest
WHERE EXISTS (SELECT FROM media WHERE (media.station, media.hash) = (event.station, decode(digest, 'hex')))
ORDER BY station, key, hash, recorded_at;
