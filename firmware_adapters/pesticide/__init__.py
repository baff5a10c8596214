"""The length-framed pesticide testers (enzyme inhibition) that most Chinese markets have: LZ-4000T and TL-310.

frames: bytes <-> frames; records: a frame -> a reading; requests: the bytes that may be sent; polling: when they are.
"""

from firmware_adapters.pesticide.decoder import PesticideDecoder
from firmware_adapters.pesticide.requests import REQUESTS
from firmware_adapters.pesticide.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="pesticide",
    package="firmware_adapters.pesticide",
    default_profile="lz-4000t",
    decoder=PesticideDecoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset({"marks_inside_data", "not_available_7ffe", "not_available_out_of_range", "rereads"}),
    identity=Identity(record=RecordKind.DAILY, time=TimeSource.TEST),
)
