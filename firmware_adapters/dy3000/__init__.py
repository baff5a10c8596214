"""DY-3000, DY-6600, DY-7200: framed by a head with a length, checked by two XORs.

frames   bytes <-> frames      requests   what may be asked
records  a frame -> readings   decoder    the dialogue
"""

from firmware_adapters.dy3000.decoder import decoder
from firmware_adapters.dy3000.requests import REQUESTS
from firmware_adapters.dy3000.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy3000",
    package="firmware_adapters.dy3000",
    default_profile="dy-3000",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset(("head_is_no_sample",)),
    identity=Identity(record=RecordKind.IN_MESSAGE, time=TimeSource.TEST),
)
