-- The condition of a subscription, beside its filters (storage/rules/condition.py). The route looks at those that have one.

ALTER TABLE subscription ADD COLUMN condition text NOT NULL DEFAULT '';
CREATE INDEX subscription_condition ON subscription (id) WHERE is_enabled AND condition <> '';
