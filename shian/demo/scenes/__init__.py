"""Drawn preparation areas for the demo's cameras. They show no real place or person, and everything that happens in
them is known to the tenth of a second. Needs the extra `vision`; imported only where they are drawn."""
