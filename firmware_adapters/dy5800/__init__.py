"""DY-5800: pushes one text record of fixed fields for each hole that was measured. Nothing is asked.

frames   bytes <-> records, plausibility      records   a record -> a reading
"""

from firmware_adapters.dy5800.decoder import decoder
from firmware_adapters.dy5800.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy5800",
    package="firmware_adapters.dy5800",
    default_profile="dy-5800",
    decoder=decoder,
    simulator=simulator,
    quirks=frozenset({"end_mark_inside_data"}),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.TEST),
)
