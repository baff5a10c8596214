"""`shian station`: stations are enrolled, listed, and changed. Only events of an enrolled station are taken in."""
