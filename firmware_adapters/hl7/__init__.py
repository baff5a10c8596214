"""HL7 v2: instruments that push results over MLLP, or bare on a serial line or in a file.

framer    bytes -> messages                segments   a message -> segments, fields, components, charset
results   observations -> readings         settings   what a profile may say
acknowledgements  the one answer           decoder    the whole
simulator the other end; shares no code with the above
"""

from firmware_adapters.hl7.acknowledgements import ANSWERS
from firmware_adapters.hl7.decoder import Hl7Decoder
from firmware_adapters.hl7.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="hl7",
    package="firmware_adapters.hl7",
    default_profile="generic",
    decoder=Hl7Decoder,
    simulator=simulator,
    requests=ANSWERS,
    identity=Identity(record=RecordKind.IN_MESSAGE, time=TimeSource.TEST),
)
