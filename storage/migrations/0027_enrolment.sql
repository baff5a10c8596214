-- Enrolment: one-time codes, the certificates that were issued, every key that was ever a station's, who may send.

-- A revoked or retired station is not listened to; its records stay.
ALTER TABLE station ADD COLUMN standing text NOT NULL DEFAULT 'enrolled'
    CHECK (standing IN ('enrolled', 'revoked', 'retired'));
ALTER TABLE station ADD COLUMN standing_at timestamptz;
-- Read by ingest in every transaction: the few that are not listened to.
CREATE INDEX station_barred ON station (name) WHERE standing <> 'enrolled';

-- The keys that a station signed with, each with its time: an old checkpoint verifies with the key of its day, and a key
-- that was registered later proves nothing about what came before. NULL: from the beginning, until now.
CREATE TABLE station_key (
    station     text NOT NULL REFERENCES station (name),
    key         text NOT NULL,              -- Ed25519, hex
    valid_from  timestamptz,
    valid_to    timestamptz,
    PRIMARY KEY (station, key)
);
INSERT INTO station_key (station, key) SELECT name, public_key FROM station WHERE public_key IS NOT NULL;
-- Keys of before this version: when they ended is not known.
INSERT INTO station_key (station, key)
SELECT DISTINCT subject, before FROM (
    SELECT subject, action, detail ->> 'before' AS before FROM audit
    UNION ALL SELECT subject, action, facts::jsonb ->> 'before' FROM deed) AS said
WHERE action = 'key_pinned' AND before IS NOT NULL AND EXISTS (SELECT FROM station WHERE name = subject)
ON CONFLICT DO NOTHING;

-- By trigger, as the history of limits: whoever changes a station's key, by whatever way, the list has it. The first key
-- holds from the beginning: what it signs may lie in the ledger already, behind a hole.
CREATE FUNCTION keep_station_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.public_key END;
BEGIN
    IF NEW.public_key IS DISTINCT FROM before THEN
        UPDATE station_key SET valid_to = now() WHERE station = NEW.name AND key = before;
        IF NEW.public_key IS NOT NULL THEN
            INSERT INTO station_key (station, key, valid_from)
            VALUES (NEW.name, NEW.public_key, CASE WHEN EXISTS (
                SELECT FROM station_key WHERE station = NEW.name) THEN now() END)
            ON CONFLICT (station, key) DO UPDATE SET valid_to = NULL;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER station_key AFTER INSERT OR UPDATE OF public_key ON station
FOR EACH ROW EXECUTE FUNCTION keep_station_key();

-- Certificates that this centre's authority issued. What is revoked stands in the list that the broker reads.
CREATE TABLE station_certificate (
    serial      text PRIMARY KEY,           -- hex
    station     text NOT NULL REFERENCES station (name),
    issued_at   timestamptz NOT NULL DEFAULT now(),
    ends_at     timestamptz NOT NULL,
    fingerprint text NOT NULL,              -- SHA-256 of the certificate, hex
    revoked_at  timestamptz,
    why         text NOT NULL DEFAULT ''
);
CREATE INDEX station_certificate_station ON station_certificate (station, issued_at DESC);
CREATE INDEX station_certificate_revoked ON station_certificate (ends_at) WHERE revoked_at IS NOT NULL;

-- One-time codes. `id` is the first group of the code, by which it is found; the rest of it is known by its hash alone.
CREATE TABLE enrolment_code (
    id          text PRIMARY KEY,
    station     text NOT NULL REFERENCES station (name),
    hash        bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    tries       integer NOT NULL DEFAULT 0, -- wrong ones
    ended_at    timestamptz,
    outcome     text NOT NULL DEFAULT ''    -- used, tries, replaced, revoked
);
CREATE INDEX enrolment_code_open ON enrolment_code (station) WHERE ended_at IS NULL;

-- Where stations enrol, as the server wrote it at its start: `shian station add` prints it beside the code. One row.
CREATE TABLE enrolment_place (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    url         text NOT NULL,
    fingerprint text NOT NULL,              -- of the authority's certificate; '': there is none
    noted_at    timestamptz NOT NULL DEFAULT now()
);
