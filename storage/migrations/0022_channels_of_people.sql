-- Channels to people: what a receipt says more, a language, and how much a receiver takes.

ALTER TABLE subscription
    ADD COLUMN language text NOT NULL DEFAULT 'zh',     -- zh, en, both
    ADD COLUMN ended_for text NOT NULL DEFAULT '';      -- why it ended by itself: an outcome; empty: a person ended it

ALTER TABLE delivery_attempt
    ADD COLUMN remote_id text NOT NULL DEFAULT '',      -- the message's name at the receiver
    ADD COLUMN code text NOT NULL DEFAULT '',           -- the receiver's own error
    ADD COLUMN together integer NOT NULL DEFAULT 1;     -- how many deliveries the message told

-- Held: its receiver takes no more at the moment, and it will be told together with others.
ALTER TABLE delivery ADD COLUMN is_held boolean NOT NULL DEFAULT false;
CREATE INDEX delivery_held ON delivery (subscription, next_attempt_at) WHERE state = 'waiting' AND is_held;

-- The messages that an address was sent within its receiver's window. The address as sha256: a robot's is a key.
CREATE TABLE turn (
    channel     text NOT NULL,
    address     text NOT NULL,
    taken       timestamptz[] NOT NULL,
    digest_at   timestamptz,                            -- when held ones were told together last
    rest_until  timestamptz,                            -- the receiver asked to be left alone
    PRIMARY KEY (channel, address)
);
