"""ASTM: laboratory and food analyzers that push results by LIS01-A2 frames (E1381) with LIS02-A2 records (E1394).

frames    bytes -> frames              link      is it the next frame? the receiver's table
bare      messages without frames
message   texts -> records             records   a record's fields, components, escapes
transfers is it the same transfer again?
results   a result record -> Reading   values    number, bound, word or nothing
decoder   the whole                    options   what a profile may say
simulator the other end of the line; shares no code with the above
"""

from firmware_adapters.astm.decoder import ANSWERS, AstmDecoder
from firmware_adapters.astm.options import QUIRKS
from firmware_adapters.astm.simulator import AstmSimulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="astm",
    package="firmware_adapters.astm",
    default_profile="generic",
    decoder=AstmDecoder,
    simulator=AstmSimulator,
    requests=ANSWERS,
    quirks=QUIRKS,
    identity=Identity(record=RecordKind.IN_MESSAGE, time=TimeSource.TEST),
)
