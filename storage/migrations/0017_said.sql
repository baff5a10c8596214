-- What the system says in a step of an alert: a code and facts, put into words when it is shown. `note` keeps a person's
-- words, and the English of the system's for readers of an older version; older steps have no code.

ALTER TABLE alert_step
    ADD COLUMN code text NOT NULL DEFAULT '',
    ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';
