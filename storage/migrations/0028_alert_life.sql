-- The life of an alert (wire/life.py): acknowledged until a time, in progress by somebody, resolved, closed. An alert in
-- progress is live as well: what belongs to it joins it.

ALTER TABLE alert
    ADD COLUMN acknowledged_until timestamptz,  -- then it is open again by itself; null: acknowledged by an older version
    ADD COLUMN assignee uuid REFERENCES account (id),
    ADD COLUMN assignee_name text NOT NULL DEFAULT '',
    ADD COLUMN acknowledged_at timestamptz,     -- when a person first took it in hand, by whatever step
    ADD COLUMN resolved_at timestamptz,
    ADD COLUMN resolved_by text,                -- '': the system
    ADD COLUMN caused_at timestamptz,           -- when its cause came, by the station; null: the news said none
    ADD COLUMN stall text NOT NULL DEFAULT '',
    ADD COLUMN vendor text NOT NULL DEFAULT '',
    ADD COLUMN supplier text NOT NULL DEFAULT '',
    ADD COLUMN severity_rank smallint NOT NULL GENERATED ALWAYS AS (
        CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END) STORED;

DROP INDEX alert_live_key;
CREATE UNIQUE INDEX alert_live_key ON alert (key) WHERE state IN ('open', 'acknowledged', 'in_progress');
CREATE INDEX alert_until ON alert (acknowledged_until) WHERE state = 'acknowledged';

-- `position`: the order of an alert's steps, whatever a clock says. `before`: what the alert was before a step, so that
-- whoever took it can take it back.
ALTER TABLE alert_step
    ADD COLUMN position bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN account uuid,
    ADD COLUMN before jsonb;
CREATE INDEX alert_step_position ON alert_step (alert, position);

UPDATE alert SET
    acknowledged_at = (SELECT min(at) FROM alert_step
        WHERE alert_step.alert = alert.id AND action IN ('acknowledged', 'resolved') AND actor <> ''),
    resolved_at = CASE WHEN state = 'resolved' THEN (
        SELECT max(at) FROM alert_step WHERE alert_step.alert = alert.id AND action = 'resolved') END,
    resolved_by = CASE WHEN state = 'resolved' THEN coalesce((
        SELECT actor FROM alert_step WHERE alert_step.alert = alert.id AND action = 'resolved'
        ORDER BY at DESC LIMIT 1), '') END;
