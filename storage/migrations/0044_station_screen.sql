-- What people at the stations did about failed tests: seen, second test begun, lot held, result handed over.
CREATE TABLE handling (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    result      uuid NOT NULL,              -- the id that the result's event had first
    sample      uuid,                       -- key of the sample; NULL: it has none
    number      text NOT NULL,
    step        text NOT NULL,              -- seen, retest, held, handed_over, objected, objection_over
    who         text NOT NULL,
    to_whom     text NOT NULL,
    done_at     timestamptz,                -- as the person says
    until       timestamptz,                -- of a handing over: the end of the time for an objection
    note        text NOT NULL,
    photo       bytea,
    flags       text NOT NULL DEFAULT '',
    PRIMARY KEY (event, recorded_at)
);
CREATE INDEX handling_recorded ON handling (recorded_at DESC, event DESC);
CREATE INDEX handling_result ON handling (station, result);

-- Argon2 hash of an operator's PIN for the station's own screen; it comes down to the station with his name.
ALTER TABLE operator ADD COLUMN pin text NOT NULL DEFAULT '';
