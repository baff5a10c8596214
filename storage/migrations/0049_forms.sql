-- What people keep in forms: titles of devices and cameras, decisions about refused messages, and the second account for
-- taking a station out of service.

-- Titles of devices and cameras. Beside `device`, which is ingest's: what a station says of a device changes no title.
CREATE TABLE device_title (
    station     text NOT NULL REFERENCES station (name),
    device      text NOT NULL,
    title       text NOT NULL DEFAULT '',
    title_en    text NOT NULL DEFAULT '',
    PRIMARY KEY (station, device)
);

-- It ends the trust in a station just as a revocation does, so it needs a second account where that one does.
INSERT INTO four_eyes (action, is_on)
SELECT 'station_retired', is_on FROM four_eyes WHERE action = 'station_revoked' ON CONFLICT DO NOTHING;

-- A person's decision about a refused message. `release`: ingest tries it again; `drop`: nobody waits for it any more.
-- The row and its bytes stay.
ALTER TABLE quarantine
    ADD COLUMN decision text NOT NULL DEFAULT '' CHECK (decision IN ('', 'release', 'drop')),
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN decided_by text NOT NULL DEFAULT '',
    ADD COLUMN decided_why text NOT NULL DEFAULT '';
CREATE INDEX quarantine_wanted ON quarantine (received_at, id) WHERE decision = 'release' AND released_at IS NULL;
