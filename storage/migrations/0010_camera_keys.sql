-- The station came into the key of a camera's alert: the live ones would never end otherwise.

UPDATE alert SET key = rule || '/' || station || '/' || (facts ->> 'key')
WHERE rule IN ('camera_untrusted', 'camera_finding') AND state IN ('open', 'acknowledged') AND facts ? 'key';
