"""DY-2620: the frying-oil tester, whose memory is read in pages by function 0x65 of a Modbus-like protocol.

frames   bytes <-> frames, requests      records   a page -> readings
"""

from firmware_adapters.dy2620.decoder import decoder
from firmware_adapters.dy2620.frames import REQUESTS
from firmware_adapters.dy2620.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy2620",
    package="firmware_adapters.dy2620",
    default_profile="dy-2620",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset({"custom_function_65"}),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.TEST),
)
