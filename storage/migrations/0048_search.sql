-- Results are searched by what a number, food, vendor or device begins with. An index of text_pattern_ops knows beginnings
-- in every collation, and equality as before: three are exchanged, so that writing costs what it did.

DROP INDEX result_sample;
CREATE INDEX result_sample ON result (sample text_pattern_ops, recorded_at DESC, event DESC);
DROP INDEX result_commodity;
CREATE INDEX result_commodity ON result (commodity text_pattern_ops, recorded_at DESC, event DESC);
DROP INDEX result_device;
CREATE INDEX result_device ON result (device text_pattern_ops, recorded_at DESC, event DESC);
-- Most results leave it to their sample to say these.
CREATE INDEX result_vendor ON result (vendor text_pattern_ops, recorded_at DESC, event DESC) WHERE vendor <> '';
CREATE INDEX result_stall ON result (stall text_pattern_ops, recorded_at DESC, event DESC) WHERE stall <> '';

DROP INDEX sample_now_number;
CREATE INDEX sample_now_number ON sample_now (number text_pattern_ops);
DROP INDEX sample_now_commodity;
CREATE INDEX sample_now_commodity ON sample_now (commodity text_pattern_ops);
DROP INDEX sample_now_vendor;
CREATE INDEX sample_now_vendor ON sample_now (vendor text_pattern_ops) WHERE vendor <> '';
-- By its key, which is all that a link names of it but the station.
CREATE INDEX sample_now_key ON sample_now (key);
DROP INDEX link_now_sample;
CREATE INDEX link_now_sample ON link_now (sample, station) WHERE sample IS NOT NULL;
-- The newest results of samples of which something was registered.
CREATE INDEX link_now_recorded ON link_now (of_recorded_at DESC) WHERE of_event IS NOT NULL;
