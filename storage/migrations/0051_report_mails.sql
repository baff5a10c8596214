-- Reports of a month that go by mail to whoever asked for them. `account` NULL: asked for while nobody signed in.
CREATE TABLE report_mail (
    id          uuid PRIMARY KEY,
    account     uuid REFERENCES account (id),
    address     text NOT NULL,
    grouped_by  text NOT NULL CHECK (grouped_by IN ('station', 'commodity', 'item', 'area')),
    area        text,                       -- with all below it; NULL: all that the account may see
    language    text NOT NULL CHECK (language IN ('zh', 'en')),
    form        text NOT NULL CHECK (form IN ('xlsx', 'pdf')),
    is_enabled  boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    last_month  date,                       -- the first day of the last month that a mail server took
    attempts    integer NOT NULL DEFAULT 0, -- for the month that is due
    next_at     timestamptz,                -- not tried before: another server may be at it, or the last attempt failed
    problem     text NOT NULL DEFAULT '',   -- of the last attempt
    tested_at   timestamptz
);
CREATE INDEX report_mail_due ON report_mail (id) WHERE is_enabled;
CREATE INDEX report_mail_account ON report_mail (account) WHERE is_enabled;
