-- Deeds that a second account confirms, results that were declared void, and limits that people change at the server.

-- Which deeds need a second account, by their words in the audit. `shian four-eyes` changes it.
CREATE TABLE four_eyes (
    action      text PRIMARY KEY,
    is_on       boolean NOT NULL
);
-- A revocation is off: a stolen box must be cut off now, nothing is lost by it, and a new code takes the station in again.
INSERT INTO four_eyes (action, is_on) VALUES
    ('result_voided', true), ('limit_added', true), ('limit_ended', true), ('station_revoked', false);

-- Deeds that somebody asked for, until another account has decided or their time is over.
CREATE TABLE proposal (
    id          uuid PRIMARY KEY,
    action      text NOT NULL,              -- of the deed
    subject     text NOT NULL,
    station     text NOT NULL,              -- '': it concerns the whole district
    why         text NOT NULL,
    facts       jsonb NOT NULL,
    state       text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'confirmed', 'rejected', 'withdrawn', 'ended')),
    account     uuid NOT NULL REFERENCES account (id),
    asked_by    text NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    ends_at     timestamptz NOT NULL,
    decided_by  text NOT NULL DEFAULT '',
    decided_at  timestamptz,
    decided_why text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX proposal_waiting ON proposal (action, subject) WHERE state = 'waiting';
CREATE INDEX proposal_asked ON proposal (asked_at DESC, id DESC);

-- Results that were declared void. The result's row, its event and the counts stay as they are: this stands beside them.
CREATE TABLE voided (
    event       uuid PRIMARY KEY,
    recorded_at timestamptz NOT NULL,       -- this and what follows: of the result
    station     text NOT NULL,
    zone        text NOT NULL,              -- of its day
    day         date NOT NULL,
    item        text NOT NULL,
    verdict     text NOT NULL,
    role        text NOT NULL,
    sample      text NOT NULL,              -- as in daily_sample
    at          timestamptz NOT NULL DEFAULT now(),
    actor       text NOT NULL,              -- who asked for it
    confirmed_by text NOT NULL,             -- '': it needed no second account
    why         text NOT NULL
);
CREATE INDEX voided_day ON voided (day, station);
CREATE INDEX alert_step_event ON alert_step (event) WHERE event IS NOT NULL;
CREATE INDEX alert_step_voided ON alert_step (alert) WHERE action = 'result_voided';

-- The two changes of the limit table that leave earlier verdicts right: a new limit, and the end of one. The server may
-- call these, and has no right to the table itself.
CREATE FUNCTION add_limit(
    code text, item text, commodity text, standard text, is_only_for_standard boolean, comparison text,
    value double precision, unit text, valid_from date, valid_to date, source text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO analyte_limit (code, item, commodity, standard, is_only_for_standard, comparison, value, unit,
        valid_from, valid_to, source, version)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce(max(version), 0) + 1 FROM analyte_limit
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;
CREATE FUNCTION end_limit(code text, valid_to date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE analyte_limit AS known SET valid_to = $2,
        version = (SELECT max(version) + 1 FROM analyte_limit)
    WHERE known.code = $1 AND (known.valid_to IS NULL OR known.valid_to > $2);
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION add_limit(text, text, text, text, boolean, text, double precision, text, date, date, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION end_limit(text, date) FROM PUBLIC;
