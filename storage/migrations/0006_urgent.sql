-- A failed test first, to its last receiver.

-- How old the news was when it came: near 0 for a test of now, hours for one of an outage's backlog. First attempts are
-- claimed in this order.
ALTER TABLE delivery ADD COLUMN late_s double precision NOT NULL DEFAULT 0;

-- A claim reads a few rows from the beginning of one of these, however many wait.
CREATE INDEX delivery_first ON delivery (subscription, late_s, next_attempt_at)
    WHERE state = 'waiting' AND attempts <= 0;
CREATE INDEX delivery_again ON delivery (subscription, late_s, next_attempt_at)
    WHERE state = 'waiting' AND attempts > 0;
