-- Samples in full, and which sample each result is of.
--
-- `sample` and `link` are typed rows as all others: never changed. `sample_now` and `link_now` say what holds, which is
-- the highest revision of each; ingest brings them up to date, `shian rebuild` makes them again, `shian verify` compares.

ALTER TABLE sample ADD COLUMN key uuid,             -- the same in all that is said of one registered sample
    ADD COLUMN revision integer NOT NULL DEFAULT 1,
    ADD COLUMN category text NOT NULL DEFAULT '',
    ADD COLUMN licence text NOT NULL DEFAULT '',
    ADD COLUMN supplier text NOT NULL DEFAULT '',
    ADD COLUMN origin_place text NOT NULL DEFAULT '',
    ADD COLUMN lot text NOT NULL DEFAULT '',
    ADD COLUMN sampler text NOT NULL DEFAULT '',
    ADD COLUMN produced_on date,
    ADD COLUMN purchased_on date,
    ADD COLUMN quantity double precision,
    ADD COLUMN unit text NOT NULL DEFAULT '',
    ADD COLUMN way text NOT NULL DEFAULT '',
    ADD COLUMN items text NOT NULL DEFAULT '',      -- one to a line
    ADD COLUMN task text NOT NULL DEFAULT '',
    ADD COLUMN scanned text NOT NULL DEFAULT '',
    ADD COLUMN photo bytea,
    ADD COLUMN registrar text NOT NULL DEFAULT '';
CREATE INDEX sample_recorded ON sample (recorded_at DESC, event DESC);

-- Rows of before, of which fewer columns were kept: the events say the rest.
UPDATE sample SET category = coalesce(data ->> 'category', ''), supplier = coalesce(data ->> 'supplier', ''),
    origin_place = coalesce(data ->> 'origin_place', ''), lot = coalesce(data ->> 'lot', ''),
    sampler = coalesce(data ->> 'sampler', '')
FROM (SELECT id, convert_from(body, 'UTF8')::jsonb -> 'data' AS data FROM event WHERE type = 'shian.sample.v1') AS said
WHERE said.id = sample.event;

CREATE TABLE link (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    result      uuid NOT NULL,              -- the id that the result's event had first
    sample      uuid,                       -- key of the sample; NULL: it has none
    number      text NOT NULL,
    rule        text NOT NULL,              -- code, number, layout, only_one, person
    revision    integer NOT NULL,
    who         text NOT NULL,
    why         text NOT NULL,
    flags       text NOT NULL DEFAULT '',
    PRIMARY KEY (event, recorded_at)
);
CREATE INDEX link_recorded ON link (recorded_at DESC, event DESC);

CREATE TABLE sample_now (
    station     text NOT NULL,
    key         uuid NOT NULL,
    event       uuid NOT NULL,              -- the registration that holds
    recorded_at timestamptz NOT NULL,
    revision    integer NOT NULL,
    number      text NOT NULL,
    code        text NOT NULL,
    commodity   text NOT NULL,
    category    text NOT NULL,
    stall       text NOT NULL,
    vendor      text NOT NULL,
    licence     text NOT NULL,
    supplier    text NOT NULL,
    origin_place text NOT NULL,
    lot         text NOT NULL,
    PRIMARY KEY (station, key)
);
CREATE INDEX sample_now_number ON sample_now (number);
CREATE INDEX sample_now_commodity ON sample_now (commodity);
CREATE INDEX sample_now_stall ON sample_now (stall) WHERE stall <> '';
CREATE INDEX sample_now_vendor ON sample_now (vendor) WHERE vendor <> '';
CREATE INDEX sample_now_supplier ON sample_now (supplier) WHERE supplier <> '';
CREATE INDEX sample_now_lot ON sample_now (lot) WHERE lot <> '';

CREATE TABLE link_now (
    station     text NOT NULL,
    result      uuid NOT NULL,              -- as the link names it
    event       uuid NOT NULL,              -- the link that holds
    recorded_at timestamptz NOT NULL,
    revision    integer NOT NULL,
    sample      uuid,
    rule        text NOT NULL,
    who         text NOT NULL,
    of_event    uuid,                       -- key of the result's row, once that is there
    of_recorded_at timestamptz,
    PRIMARY KEY (station, result)
);
CREATE INDEX link_now_row ON link_now (of_event) WHERE of_event IS NOT NULL;
CREATE INDEX link_now_sample ON link_now (station, sample) WHERE sample IS NOT NULL;

ALTER TABLE alert ADD COLUMN registered uuid;       -- key of the sample that its first result is of
CREATE INDEX alert_registered ON alert (station, registered) WHERE registered IS NOT NULL;
CREATE INDEX alert_of_result ON alert (event) WHERE rule IN ('failed_test', 'verdicts_disagree');
