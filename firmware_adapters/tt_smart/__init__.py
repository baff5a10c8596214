"""The "smart" series of the TT testers: the session of the TTNJ, with groups of 501 bytes that carry names.

groups   layout, plausibility, a group -> readings
"""

from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from firmware_adapters.tt_smart.decoder import decoder
from firmware_adapters.tt_smart.simulator import simulator
from firmware_adapters.ttnj.session import REQUESTS
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="tt_smart",
    package="firmware_adapters.tt_smart",
    default_profile="tt-smart",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset({"returns_home_after_10_s"}),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.NONE),
)
