-- Who is on duty where, and how an alert that nobody answers goes on.

CREATE TABLE duty_rota (
    id          uuid PRIMARY KEY,
    title       text NOT NULL,
    area        text REFERENCES area (code),    -- NULL: the whole district, the last that is asked
    after_s     integer NOT NULL CHECK (after_s > 0),   -- without an answer for so long the next one is told
    severities  text[] NOT NULL DEFAULT '{critical}',
    is_on       boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX duty_rota_area ON duty_rota (coalesce(area, '')) WHERE is_on;

-- Hours of duty that come back; `every_weeks` from the week of `from_day` on.
CREATE TABLE duty_shift (
    id          uuid PRIMARY KEY,
    rota        uuid NOT NULL REFERENCES duty_rota (id),
    account     uuid NOT NULL REFERENCES account (id),
    hours       jsonb NOT NULL,             -- {"days": [...], "from": "08:00", "to": "18:00"}
    from_day    date NOT NULL,
    until_day   date,
    every_weeks integer NOT NULL DEFAULT 1 CHECK (every_weeks BETWEEN 1 AND 52),
    ended_at    timestamptz
);
CREATE INDEX duty_shift_rota ON duty_shift (rota) WHERE ended_at IS NULL;

-- Somebody takes the duty instead of whoever the shifts name.
CREATE TABLE duty_override (
    id          uuid PRIMARY KEY,
    rota        uuid NOT NULL REFERENCES duty_rota (id),
    account     uuid NOT NULL REFERENCES account (id),
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    note        text NOT NULL DEFAULT '',
    author      text NOT NULL,
    ended_at    timestamptz,
    CHECK (ends_at > starts_at)
);
CREATE INDEX duty_override_rota ON duty_override (rota, ends_at) WHERE ended_at IS NULL;

CREATE TABLE duty_note (
    id          uuid PRIMARY KEY,
    rota        uuid NOT NULL REFERENCES duty_rota (id),
    at          timestamptz NOT NULL DEFAULT now(),
    author      text NOT NULL,
    text        text NOT NULL
);
CREATE INDEX duty_note_rota ON duty_note (rota, at DESC);

-- How far an alert has gone along the rotas of its areas.
CREATE TABLE escalation (
    alert       uuid PRIMARY KEY REFERENCES alert (id),
    level       integer NOT NULL DEFAULT 0, -- of the rota that is told next
    next_at     timestamptz NOT NULL,
    touched_at  timestamptz NOT NULL,       -- by which clock next_at was set
    outcome     text NOT NULL DEFAULT ''    -- answered, exhausted, none (no rota); '': it goes on
);
CREATE INDEX escalation_next ON escalation (next_at) WHERE outcome = '';
CREATE INDEX escalation_answered ON escalation (alert) WHERE outcome = 'answered';

CREATE TABLE drill (
    id          uuid PRIMARY KEY,
    title       text NOT NULL,
    station     text NOT NULL REFERENCES station (name),
    plays       text NOT NULL,              -- the rule that it plays
    author      text NOT NULL,
    account     uuid REFERENCES account (id),
    alert       uuid NOT NULL REFERENCES alert (id),
    started_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    ended_by    text NOT NULL DEFAULT ''
);
CREATE INDEX drill_started ON drill (started_at DESC, id DESC);
