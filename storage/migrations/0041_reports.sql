-- Sums of reports: a year of a district is a million item-tests, which no page can wait for. Made by the server from
-- `result`, a day and station at a time, and made anew whenever daily_result says that this day has other counts by now.

-- What the sums of a day and station were made of: item-tests, those passed, those failed.
CREATE TABLE report_day (
    day         date NOT NULL,
    station     text NOT NULL,
    tests       bigint NOT NULL,
    passed      bigint NOT NULL,
    failed      bigint NOT NULL,
    PRIMARY KEY (day, station)
);

-- `kind`: 'station' (all of it; `name` is empty), 'commodity', 'item'. A batch may have several items.
CREATE TABLE report_part (
    kind        text NOT NULL,
    day         date NOT NULL,
    station     text NOT NULL,
    name        text NOT NULL,
    batches     bigint NOT NULL,
    passed      bigint NOT NULL,            -- batches: none of their tests failed, one passed
    failed      bigint NOT NULL,            -- batches: one of their tests failed
    tests       bigint NOT NULL,
    tests_passed bigint NOT NULL,
    tests_failed bigint NOT NULL,
    retests     bigint NOT NULL,
    PRIMARY KEY (kind, day, station, name)
);

-- Which stalls were sampled, and of which food.
CREATE TABLE report_stall (
    day         date NOT NULL,
    station     text NOT NULL,
    commodity   text NOT NULL,
    stall       text NOT NULL,
    PRIMARY KEY (day, station, commodity, stall)
);
