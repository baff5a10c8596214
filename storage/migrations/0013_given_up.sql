-- Streams that were given up, and what was recorded again: a number that is missing there is no gap when its event came in
-- the stream that follows. Both tables only say where in the ledger it stands; what counts are the bytes.

-- Events of the agent that name, in `replaces` and `again`, the numbers of `stream` that they answer for.
CREATE TABLE given_up (
    stream      uuid NOT NULL,
    event       uuid NOT NULL,
    station     text NOT NULL,
    PRIMARY KEY (stream, event)
);

-- A claim's mark may be 24 bytes: of what results without an identity have in common, so that the second of two streams
-- is marked as a possible repeat (claim_likenesses in storage/queries/ingest.sql).
INSERT INTO claim (station, mark, event, stream, is_disputed)
SELECT DISTINCT ON (station, mark) station, mark, event, stream, false
FROM (
    SELECT result.station, result.event, event.stream, event.received_at, event.sequence,
        substr(sha256(convert_to(concat_ws(E'\x1f', result.device, result.item, result.sample,
            coalesce(result.channel::text, ''), result.value_text, coalesce(result.device_verdict, '')), 'UTF8')), 1, 24)
            AS mark
    FROM result JOIN event ON event.id = result.event
    WHERE result.station IN (SELECT station FROM stream WHERE folds) AND position('no_identity' IN result.flags) > 0
) AS alike
ORDER BY station, mark, received_at, sequence;

-- Events that record `original` again (their `originalid`).
CREATE TABLE recorded_again (
    original    uuid NOT NULL,
    event       uuid NOT NULL,
    PRIMARY KEY (original, event)
);
