"""DY-723PC: a photometer that answers a range of days with rows of comma-separated text.

rows   bytes <-> rows, requests      records   a row -> a reading
"""

from firmware_adapters.dy723.decoder import decoder
from firmware_adapters.dy723.rows import REQUESTS
from firmware_adapters.dy723.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy723",
    package="firmware_adapters.dy723",
    default_profile="dy-723pc",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset({"end_mark_inside_data"}),
    identity=Identity(record=RecordKind.DAILY, time=TimeSource.TEST),
)
