"""DY-6100: an ATP luminometer on USB HID, in reports of 64 bytes that arrive through hidraw.

reports   bytes <-> reports, requests      records   a report -> readings
"""

from firmware_adapters.dy6100.decoder import decoder
from firmware_adapters.dy6100.reports import REQUESTS
from firmware_adapters.dy6100.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy6100",
    package="firmware_adapters.dy6100",
    default_profile="dy-6100",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset(("zero_bytes_count",)),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.TEST),
)
