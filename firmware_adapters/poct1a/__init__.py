"""POCT1-A: point-of-care readers that speak XML messages over TCP (CLSI POCT01-A2, ISO 11073-90101).

messages   bytes -> whole messages          observations   a message -> readings
answers    what the host says               decoder        the conversation
simulator  the other end; shares no code with the above
"""

from firmware_adapters.poct1a.answers import ANSWERS
from firmware_adapters.poct1a.decoder import Poct1aDecoder
from firmware_adapters.poct1a.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="poct1a",
    package="firmware_adapters.poct1a",
    default_profile="generic",
    decoder=Poct1aDecoder,
    simulator=simulator,
    requests=ANSWERS,
    identity=Identity(record=RecordKind.IN_MESSAGE, time=TimeSource.TEST),
)
