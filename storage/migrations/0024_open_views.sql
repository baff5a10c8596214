-- Views of live cameras that have not ended. The server that shows one says so again and again; a view whose server was
-- killed is ended by whichever server comes next, for the audit must not show it as going on for ever.
CREATE TABLE open_view (
    id uuid PRIMARY KEY,
    who text NOT NULL,
    station text NOT NULL,
    camera text NOT NULL,
    mode text NOT NULL,
    began_at timestamptz NOT NULL,
    shown_at timestamptz NOT NULL DEFAULT now()
);
