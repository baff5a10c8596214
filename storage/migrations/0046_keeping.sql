-- What grows with time is taken away by age (storage/keeping.toml). Proof of who was told when has a floor here, which no
-- setting of the server can undercut: its role may not delete these rows by itself.

CREATE INDEX delivery_finished ON delivery (finished_at) WHERE finished_at IS NOT NULL;

CREATE FUNCTION forget_told(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bound timestamptz := least(before, now() - interval '730 days');
    old uuid[];
BEGIN
    SELECT coalesce(array_agg(id), '{}') INTO old FROM (
        SELECT d.id FROM delivery d JOIN alert a ON a.id = d.alert
        WHERE d.finished_at < bound AND d.state <> 'waiting' AND a.state IN ('resolved', 'closed')
        ORDER BY d.finished_at LIMIT most FOR UPDATE OF d SKIP LOCKED
    ) AS due;
    DELETE FROM link_use WHERE delivery = ANY (old);
    DELETE FROM routing_decision WHERE delivery = ANY (old);
    DELETE FROM delivery_attempt WHERE delivery = ANY (old);
    DELETE FROM delivery WHERE id = ANY (old);
    DELETE FROM escalation WHERE alert IN (
        SELECT e.alert FROM escalation e JOIN alert a ON a.id = e.alert
        WHERE e.touched_at < bound AND a.state IN ('resolved', 'closed') LIMIT most
    );
    RETURN cardinality(old);
END $$;
REVOKE ALL ON FUNCTION forget_told(timestamptz, integer) FROM PUBLIC;

-- Refused messages that were no event of a stream; those that have a number in one account for it (shian verify).
CREATE FUNCTION forget_refused(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM quarantine WHERE id IN (
        SELECT id FROM quarantine
        WHERE stream IS NULL AND received_at < least(before, now() - interval '400 days')
        ORDER BY received_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION forget_refused(timestamptz, integer) FROM PUBLIC;
