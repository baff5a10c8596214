-- What people do at the wall of cameras: sets of cameras, marks on what cameras saw, and zones and masks that are drawn at
-- the centre.

-- Named sets of cameras. `account` NULL: made while nobody signed in, and `author` tells whose it is.
CREATE TABLE camera_group (
    id          uuid PRIMARY KEY,
    title       text NOT NULL,
    cameras     text[] NOT NULL,            -- STATION/CAMERA, in the order of the wall
    is_shared   boolean NOT NULL,
    author      text NOT NULL,
    account     uuid REFERENCES account (id),
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz
);
CREATE INDEX camera_group_created ON camera_group (created_at DESC, id DESC) WHERE ended_at IS NULL;

-- Whether a camera event was what it says. The last mark of each; the audit has all of them.
CREATE TABLE camera_review (
    station     text NOT NULL,
    key         uuid NOT NULL,              -- of the camera event
    verdict     text NOT NULL CHECK (verdict IN ('', 'real', 'false', 'unclear')),    -- '': the mark was taken back
    at          timestamptz NOT NULL DEFAULT now(),
    actor       text NOT NULL,
    account     uuid REFERENCES account (id),
    PRIMARY KEY (station, key)
);

-- Zones and masks of a camera as the centre sends them to its station; the newest version counts. Nothing is deleted.
CREATE TABLE camera_layout (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station     text NOT NULL REFERENCES station (name),
    camera      text NOT NULL,
    version     bigint NOT NULL,            -- the second in which it was made, above the one before
    layout      jsonb NOT NULL,             -- wire.layouts.Layout
    at          timestamptz NOT NULL DEFAULT now(),
    author      text NOT NULL,
    account     uuid REFERENCES account (id),
    UNIQUE (station, camera, version)
);

-- One camera's events in the order of time: its strip of a day, and since when it is known.
CREATE INDEX camera_event_device ON camera_event (station, device, recorded_at);
