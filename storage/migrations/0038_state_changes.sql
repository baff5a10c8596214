-- When a device or a camera changed its state: what the rule on unstable ones counts. Cameras: each beginning and end of a
-- time in which they cannot be trusted.
CREATE TABLE state_change (
    station     text NOT NULL,
    device      text NOT NULL,
    at          timestamptz NOT NULL,
    event       uuid NOT NULL
);
CREATE INDEX state_change_at ON state_change (at);
CREATE INDEX state_change_device ON state_change (station, device, at);

-- Cameras that cannot be trusted now: a row from the start of an episode to its end. The watch raises the alert when it
-- has lasted, so that a camera that comes and goes is one alert (unstable) and not one for each time.
CREATE TABLE camera_trouble (
    station     text NOT NULL,
    key         uuid NOT NULL,              -- of the camera event
    device      text NOT NULL,
    kind        text NOT NULL,
    zone        text NOT NULL,
    at          timestamptz NOT NULL,
    event       uuid NOT NULL,
    evidence    text NOT NULL,              -- JSON
    PRIMARY KEY (station, key)
);
-- Episodes whose alert an older version opened go on under the key that the watch looks for.
INSERT INTO camera_trouble (station, key, device, kind, zone, at, event, evidence)
SELECT station, (facts ->> 'key')::uuid, device, item, coalesce(facts ->> 'zone', ''), opened_at, event,
    coalesce(facts ->> 'evidence', '{}')
FROM alert WHERE rule = 'camera_untrusted' AND state NOT IN ('resolved', 'closed') AND facts ? 'key' AND event IS NOT NULL
ON CONFLICT DO NOTHING;
UPDATE alert SET key = 'camera_untrusted/' || station || '/' || device || '/' || (facts ->> 'key')
WHERE rule = 'camera_untrusted' AND state NOT IN ('resolved', 'closed') AND facts ? 'key';
INSERT INTO watch (key, rule, station, since, raised_at)
SELECT key, rule, station, opened_at, opened_at FROM alert
WHERE rule = 'camera_untrusted' AND state NOT IN ('resolved', 'closed') AND facts ? 'key'
ON CONFLICT DO NOTHING;
