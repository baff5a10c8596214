"""DY-6200 and DY-6400: a memory of fixed records without a check, asked by two commands.

frames   bytes <-> records, plausibility, requests      records   a record -> a reading
"""

from firmware_adapters.dy6200.decoder import decoder
from firmware_adapters.dy6200.frames import REQUESTS
from firmware_adapters.dy6200.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy6200",
    package="firmware_adapters.dy6200",
    default_profile="dy-6200",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset(("erase_is_two_codes_from_read",)),
    identity=Identity(record=RecordKind.DAILY, time=TimeSource.TEST),
)
