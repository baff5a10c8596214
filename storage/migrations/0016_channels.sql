-- Any channel that has a folder (server/delivery/channels/), and those that have no secret.

ALTER TABLE subscription
    DROP CONSTRAINT subscription_channel_check,
    ALTER COLUMN secret DROP NOT NULL;
