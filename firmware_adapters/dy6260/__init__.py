"""DY-6260: an Android gold-card reader that answers READ with JSON over TCP.

documents   bytes <-> JSON documents      records   a document -> readings
"""

from firmware_adapters.dy6260.decoder import decoder
from firmware_adapters.dy6260.documents import REQUESTS
from firmware_adapters.dy6260.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy6260",
    package="firmware_adapters.dy6260",
    default_profile="dy-6260",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset({"no_framing"}),
    identity=Identity(record=RecordKind.IN_MESSAGE, time=TimeSource.TEST),
)
