-- What people add to an alert: a photograph of the shelf, a sheet of the laboratory. The bytes lie in the archive by their
-- hash, apart from the stations' pictures, which have an age at which they go.
CREATE TABLE alert_attachment (
    alert       uuid NOT NULL REFERENCES alert (id),
    hash        bytea NOT NULL,
    name        text NOT NULL,
    type        text NOT NULL,
    size        integer NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    account     uuid,
    PRIMARY KEY (alert, hash)
);
