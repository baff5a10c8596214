"""Drawn preparation areas for the demo's cameras: no picture of a real place or person, and what happens in them is
known to the tenth of a second. Needs the extra `vision`; imported only when films are made."""
