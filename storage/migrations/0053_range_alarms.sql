-- One word for each probe whether it is out of range: `is_out_here`, by the row of reading_limit that decides, and where
-- none does by the station's word. `limit_code` names the row that decides.
ALTER TABLE probe
    ADD COLUMN patience_s double precision NOT NULL DEFAULT 120,    -- its value must be back for so long
    ADD COLUMN told_at timestamptz;                                 -- since when it is out of range, or not any more

-- What people were told by the station's word is told.
UPDATE probe SET is_out_here = true, told_at = out_there_at
WHERE is_out_there AND EXISTS (
    SELECT FROM alert
    WHERE alert.station = probe.station AND key = concat_ws('/', 'out_of_range', probe.station, probe.device, probe.quantity, probe.channel)
        AND coalesce(caused_at, opened_at) >= probe.out_there_at);
