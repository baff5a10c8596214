-- Rules as data: what a district changed of the shipped rules, or wrote itself. docs/rules.md.

CREATE TABLE alert_rule (
    name        text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{1,39}$'),
    body        jsonb NOT NULL,             -- storage/rules/rule.py; checked before it is written, and again before it runs
    version     bigint NOT NULL DEFAULT 0   -- the newest entry in the history
);

-- Every rule as it was since when; `body` NULL: taken away. Ingest asks for the newest version in each transaction, so
-- that a rule holds for whatever is stored after it was saved.
CREATE TABLE alert_rule_history (
    version     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    name        text NOT NULL,
    body        jsonb,
    actor       text NOT NULL               -- the role of the database that did it; who asked for it is a deed
);
CREATE INDEX alert_rule_history_name ON alert_rule_history (name, version DESC);

CREATE FUNCTION keep_alert_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    written bigint;
BEGIN
    INSERT INTO alert_rule_history (at, name, body, actor)
    VALUES (clock_timestamp(), coalesce(NEW.name, OLD.name), NEW.body, session_user) RETURNING version INTO written;
    -- A rule that was changed begins anew.
    DELETE FROM alert_rule_fault WHERE rule = coalesce(NEW.name, OLD.name);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.version := written;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_alert_rule BEFORE INSERT OR UPDATE OR DELETE ON alert_rule
FOR EACH ROW EXECUTE FUNCTION keep_alert_rule();

-- Rules that could not be judged: how often, why, and since when one is off because of it.
CREATE TABLE alert_rule_fault (
    rule        text PRIMARY KEY,
    failures    bigint NOT NULL,
    error       text NOT NULL,
    event       uuid,
    at          timestamptz NOT NULL,
    off_at      timestamptz
);
