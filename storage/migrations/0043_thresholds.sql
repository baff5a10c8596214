-- Thresholds of the system's rules that the district changed: over those of the settings' files, which are over those that
-- are shipped (storage/watch.toml). Who changed one, and why, is a deed.
CREATE TABLE rule_threshold (
    rule        text PRIMARY KEY,
    changed     jsonb NOT NULL,             -- only what differs; storage/rules/system.py checks it, here and before it is used
    at          timestamptz NOT NULL
);

-- The largest value that an episode saw, of rules that measure something.
ALTER TABLE watch ADD COLUMN most double precision;

-- Episodes that are over, whether they lasted long enough for an alert or not: other thresholds are tried on them.
CREATE TABLE watch_past (
    rule        text NOT NULL,
    key         text NOT NULL,
    station     text NOT NULL,              -- '': the centre itself
    began       timestamptz NOT NULL,
    ended       timestamptz NOT NULL,
    most        double precision,
    is_of_alert boolean NOT NULL DEFAULT false  -- made from an alert of an older version: `began` is when it was opened
);
CREATE INDEX watch_past_rule ON watch_past (rule, began);
CREATE INDEX watch_past_ended ON watch_past (ended);
INSERT INTO watch_past (rule, key, station, began, ended, is_of_alert)
SELECT rule, key, station, opened_at, resolved_at, true FROM alert
WHERE resolved_at IS NOT NULL AND resolved_at >= opened_at AND opened_at > now() - interval '400 days'
    AND rule IN ('station_offline', 'station_waiting', 'station_full', 'events_refused', 'certificate_ends', 'dead_letters',
        'repeats', 'device_offline', 'device_silent', 'camera_untrusted', 'ingest_silent', 'broker_away', 'filling_up',
        'centre_full', 'anchor_missing', 'anchor_not_kept');
