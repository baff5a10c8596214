-- Version 6: what people at the station did about a failed test, each with its event.
CREATE TABLE handling (
  request TEXT    PRIMARY KEY,              -- name of the request: asked again, nothing more is done
  result  TEXT    NOT NULL,                 -- id of the result's event when it was first recorded
  step    TEXT    NOT NULL,
  data    TEXT    NOT NULL,
  at_ms   INTEGER NOT NULL,
  event   INTEGER NOT NULL                  -- number in the file
) STRICT;
CREATE INDEX handling_result ON handling (result);
CREATE INDEX handling_event ON handling (event);
CREATE INDEX tested_failed ON tested (recorded_ms) WHERE verdict = 'fail';
