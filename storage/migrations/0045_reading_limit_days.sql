-- Days on which a range of readings holds, in the district's zone: from `valid_from`, before `valid_to`. `source` says why.
ALTER TABLE reading_limit
    ADD COLUMN valid_from date NOT NULL DEFAULT '2000-01-01',
    ADD COLUMN valid_to date,
    ADD CHECK (valid_to > valid_from);
