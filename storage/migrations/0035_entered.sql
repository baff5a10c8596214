-- Results that no analyzer brought are few, and counted apart.
CREATE INDEX result_entered ON result (recorded_at DESC, event DESC, station, origin, verdict)
    WHERE origin <> 'instrument';
