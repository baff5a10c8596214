-- What cameras saw, and the pictures and clips that belong to it. The bytes lie outside the database, by their sha256.

ALTER TABLE camera_event
    ADD COLUMN zone text NOT NULL DEFAULT '',
    ADD COLUMN evidence text NOT NULL DEFAULT '{}';     -- JSON: measured values by name

CREATE INDEX camera_event_recorded ON camera_event (recorded_at DESC, event DESC);
CREATE INDEX camera_event_key ON camera_event (key);

-- One row a hash that an accepted event of a station names: only such media are taken in.
CREATE TABLE media (
    station     text NOT NULL,
    hash        bytea NOT NULL,             -- 32 bytes: sha256 of the media's bytes
    device      text NOT NULL,
    event       uuid NOT NULL,              -- the first event that names it
    key         uuid NOT NULL,              -- of the camera event
    recorded_at timestamptz NOT NULL,
    type        text NOT NULL DEFAULT '',   -- image/jpeg, video/mp4; '' until it is stored
    size        bigint,
    stored_at   timestamptz,
    PRIMARY KEY (station, hash)
);
CREATE INDEX media_hash ON media (hash);
CREATE INDEX media_key ON media (key);
