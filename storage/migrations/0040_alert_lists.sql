-- The list of alerts by any filter and in any order, and the ways in which alerts are like each other. `said`: where a
-- text is looked for.

ALTER TABLE alert ADD COLUMN said text NOT NULL GENERATED ALWAYS AS (
    lower(commodity || ' ' || sample || ' ' || item || ' ' || device || ' ' || station || ' ' || stall || ' ' || vendor
        || ' ' || supplier || ' ' || coalesce(facts ->> 'lot', ''))) STORED;
CREATE INDEX alert_updated ON alert (updated_at DESC, id DESC);
CREATE INDEX alert_urgent ON alert (severity_rank, opened_at, id);
CREATE INDEX alert_state ON alert (state, severity_rank, opened_at, id);
CREATE INDEX alert_station ON alert (station, opened_at DESC, id DESC);
CREATE INDEX alert_by_rule ON alert (rule, opened_at DESC, id DESC);
CREATE INDEX alert_commodity ON alert (commodity, opened_at DESC, id DESC) WHERE commodity <> '';
CREATE INDEX alert_item ON alert (item, opened_at DESC, id DESC) WHERE item <> '';
CREATE INDEX alert_sample ON alert (sample, opened_at DESC, id DESC) WHERE sample <> '';
CREATE INDEX alert_device ON alert (device, opened_at DESC, id DESC) WHERE device <> '';
CREATE INDEX alert_supplier ON alert (supplier, opened_at DESC, id DESC) WHERE supplier <> '';
CREATE INDEX alert_stall ON alert (station, stall, opened_at DESC, id DESC) WHERE stall <> '';
CREATE INDEX alert_assignee ON alert (assignee, opened_at DESC, id DESC) WHERE assignee IS NOT NULL;
