-- What is done at the centre is an event of the centre's own stream: numbered, linked and signed as a station's are.

-- The audit. `station` is always 'centre'.
CREATE TABLE deed (
    event       uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    station     text NOT NULL,
    actor       text NOT NULL,              -- the name that the session has; '': the system
    actor_kind  text NOT NULL,              -- wire.terms.ActorKind
    account     uuid,
    address     text NOT NULL,
    action      text NOT NULL,              -- a word of wire/words/deeds.toml
    subject     text NOT NULL,
    place       text NOT NULL,              -- the station that it was about, or ''
    why         text NOT NULL,
    facts       text NOT NULL,              -- JSON
    flags       text NOT NULL,
    PRIMARY KEY (event, recorded_at)
);
CREATE INDEX deed_recorded ON deed (recorded_at DESC, event DESC);
CREATE INDEX deed_actor ON deed (actor, recorded_at DESC, event DESC);
CREATE INDEX deed_action ON deed (action, recorded_at DESC, event DESC);
CREATE INDEX deed_subject ON deed (subject, recorded_at DESC, event DESC);
CREATE INDEX deed_place ON deed (place, recorded_at DESC, event DESC);

-- The stream in which the centre writes now: one row.
CREATE TABLE centre (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    stream      uuid NOT NULL
);

-- The centre has streams and is no station: it stands in no list of them.
ALTER TABLE stream DROP CONSTRAINT stream_station_fkey;

-- Lock the centre's stream until the end of the transaction, and return its head. `fresh`: the id of its stream, should
-- it have none yet. Who may call this and the next function may add to the centre's stream, and change nothing there.
CREATE FUNCTION lock_centre(fresh uuid, OUT stream uuid, OUT sequence bigint, OUT hash bytea, OUT at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT centre.stream INTO lock_centre.stream FROM centre FOR UPDATE;
    IF lock_centre.stream IS NULL THEN
        INSERT INTO centre (stream) VALUES (fresh) ON CONFLICT DO NOTHING;
        SELECT centre.stream INTO STRICT lock_centre.stream FROM centre FOR UPDATE;
        INSERT INTO stream (id, station) VALUES (lock_centre.stream, 'centre') ON CONFLICT DO NOTHING;
    END IF;
    SELECT head.through, head.head INTO STRICT lock_centre.sequence, lock_centre.hash
    FROM stream AS head WHERE head.id = lock_centre.stream AND head.station = 'centre' FOR NO KEY UPDATE;
    at := clock_timestamp();
END $$;

-- Add the event that follows the head of the centre's stream. `laid_out`: its row of `deed`; NULL: it is a checkpoint,
-- over all of 1..`signed`.
CREATE FUNCTION append_to_centre(
    stream uuid, sequence bigint, id uuid, type text, at timestamptz, previous bytea, body bytea,
    laid_out jsonb, signed bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE stream AS head SET through = append_to_centre.sequence, highest = append_to_centre.sequence,
        head = sha256(body), last_event_at = at, signed_through = greatest(signed_through, signed)
    WHERE head.id = append_to_centre.stream AND head.station = 'centre'
        AND head.through = append_to_centre.sequence - 1 AND head.head = previous;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'event % does not follow from the head of the centre''s stream', append_to_centre.sequence
            USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO event (stream, sequence, id, station, device, type, recorded_at, received_at, previous, hash, body)
    VALUES (append_to_centre.stream, append_to_centre.sequence, append_to_centre.id, 'centre', NULL,
        append_to_centre.type, at, clock_timestamp(), previous, sha256(body), body);
    IF laid_out IS NOT NULL THEN
        INSERT INTO deed SELECT * FROM jsonb_populate_record(NULL::deed, laid_out);
    END IF;
END $$;

-- Go on in another stream: after an older state of the database was put back, the numbers of the present one may have
-- been given already.
CREATE FUNCTION replace_centre(fresh uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO stream (id, station) VALUES (fresh, 'centre');
    UPDATE centre SET stream = fresh;
END $$;

REVOKE ALL ON FUNCTION lock_centre(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION append_to_centre(uuid, bigint, uuid, text, timestamptz, bytea, bytea, jsonb, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION replace_centre(uuid) FROM PUBLIC;
