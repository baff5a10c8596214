-- What `shian verify` needs to derive verdicts and counts again: which limits there were when, and the district's zone.

-- Every row of the limit table as it was inserted, changed or deleted. A verdict that was right when it was given stays
-- right; a change that is not written here is found. `at` is the end of the transaction that did it.
CREATE TABLE analyte_limit_history (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    action      text NOT NULL CHECK (action IN ('kept', 'insert', 'update', 'delete')),
    actor       text NOT NULL,              -- the role that did it; '' for what was there when the history began
    code        text NOT NULL,              -- this and what follows: the row as it is since then, or as it was deleted
    item        text NOT NULL,
    commodity   text NOT NULL,
    standard    text NOT NULL,
    is_only_for_standard boolean NOT NULL,
    comparison  text NOT NULL CHECK (comparison IN ('>', '>=', '<', '<=')),
    value       double precision NOT NULL,
    unit        text NOT NULL,
    valid_from  date NOT NULL,
    valid_to    date,
    source      text NOT NULL,
    version     integer NOT NULL
);

-- What is there already: the first migration's rows since ever, a district's own since they first decided.
INSERT INTO analyte_limit_history (at, action, actor, code, item, commodity, standard, is_only_for_standard,
    comparison, value, unit, valid_from, valid_to, source, version)
SELECT CASE WHEN code IN ('pesticide-inhibition-5009.199', 'pesticide-inhibition-448', 'polar-compounds-2716')
        THEN '-infinity' ELSE coalesce((SELECT min(received_at) FROM result WHERE decided_by = code), now()) END AS at,
    'kept', '', code, item, commodity, standard, is_only_for_standard, comparison, value, unit, valid_from, valid_to,
    source, version
FROM analyte_limit ORDER BY at, code;

CREATE FUNCTION keep_limit_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    it analyte_limit;
BEGIN
    IF TG_OP = 'DELETE' THEN it := OLD; ELSE it := NEW; END IF;
    IF TG_OP = 'UPDATE' AND OLD.code <> NEW.code THEN
        INSERT INTO analyte_limit_history (at, action, actor, code, item, commodity, standard, is_only_for_standard,
            comparison, value, unit, valid_from, valid_to, source, version)
        VALUES (clock_timestamp(), 'delete', session_user, OLD.code, OLD.item, OLD.commodity, OLD.standard,
            OLD.is_only_for_standard, OLD.comparison, OLD.value, OLD.unit, OLD.valid_from, OLD.valid_to, OLD.source,
            OLD.version);
    END IF;
    INSERT INTO analyte_limit_history (at, action, actor, code, item, commodity, standard, is_only_for_standard,
        comparison, value, unit, valid_from, valid_to, source, version)
    VALUES (clock_timestamp(), lower(TG_OP), session_user, it.code, it.item, it.commodity, it.standard,
        it.is_only_for_standard, it.comparison, it.value, it.unit, it.valid_from, it.valid_to, it.source, it.version);
    RETURN NULL;
END $$;

-- At the end of the transaction, so that `at` is when others begin to see it, however long somebody thinks before COMMIT.
CREATE CONSTRAINT TRIGGER keep_limit_history AFTER INSERT OR UPDATE OR DELETE ON analyte_limit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_limit_history();

-- In which zone days are counted, as ingest says when it begins: a day cannot be counted again without it.
CREATE TABLE district_zone (
    since       timestamptz PRIMARY KEY,    -- the first row holds for everything before it as well
    zone        text NOT NULL
);
