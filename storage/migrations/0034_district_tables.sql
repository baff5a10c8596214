-- What the stations must know: foods, businesses, sampling tasks, operators. Changed by `shian foods` and its like, each
-- change with its history and a deed. Nothing is deleted: what is over has a day on which it ended.

CREATE TABLE food (
    code        text PRIMARY KEY,
    parent      text NOT NULL DEFAULT '',   -- code of the kind of food above it
    name        text NOT NULL,
    name_en     text NOT NULL DEFAULT '',
    aliases     text NOT NULL DEFAULT '',   -- one to a line
    pinyin      text NOT NULL DEFAULT '',   -- of name and aliases, for searching
    ended_on    date
);

CREATE TABLE business (
    code        text PRIMARY KEY,
    station     text NOT NULL DEFAULT '',   -- '': of all stations of its area
    area        text NOT NULL DEFAULT '',
    name        text NOT NULL,
    stall       text NOT NULL DEFAULT '',
    licence     text NOT NULL DEFAULT '',
    pinyin      text NOT NULL DEFAULT '',
    ended_on    date
);
CREATE INDEX business_station ON business (station);

CREATE TABLE sampling_task (
    code        text PRIMARY KEY,
    station     text NOT NULL DEFAULT '',
    area        text NOT NULL DEFAULT '',
    food        text NOT NULL DEFAULT '',
    item        text NOT NULL DEFAULT '',
    wanted      integer NOT NULL CHECK (wanted > 0),
    first_day   date NOT NULL,
    last_day    date NOT NULL,
    note        text NOT NULL DEFAULT '',
    ended_on    date
);

CREATE TABLE operator (
    code        text PRIMARY KEY,
    station     text NOT NULL DEFAULT '',
    area        text NOT NULL DEFAULT '',
    name        text NOT NULL,
    ended_on    date
);

-- Every change of a row of these tables: what it was and what it became.
CREATE TABLE district_change (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    noun        text NOT NULL,              -- foods, businesses, tasks, operators, limits
    code        text NOT NULL,
    actor       text NOT NULL,
    before      jsonb,                      -- NULL: it is new
    after       jsonb NOT NULL
);
CREATE INDEX district_change_code ON district_change (noun, code, id);

-- The document of each station, as the centre made it last. The version only rises.
CREATE TABLE station_document (
    station     text PRIMARY KEY REFERENCES station (name),
    version     bigint NOT NULL,
    content     bytea NOT NULL,             -- sha256 of what it says, without version and time
    made_at     timestamptz NOT NULL,
    body        bytea NOT NULL              -- signed
);
