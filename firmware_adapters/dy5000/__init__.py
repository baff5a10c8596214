"""DY-5000: an ELISA reader that answers a range of days with blocks of wells, without a length and without a check.

blocks   bytes <-> blocks, plausibility, requests      records   a block -> readings
"""

from firmware_adapters.dy5000.blocks import REQUESTS
from firmware_adapters.dy5000.decoder import decoder
from firmware_adapters.dy5000.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy5000",
    package="firmware_adapters.dy5000",
    default_profile="dy-5000",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset({"end_mark_inside_data"}),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.TEST),
)
