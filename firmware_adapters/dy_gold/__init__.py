"""The DY colloidal-gold module: a strip reader whose length order and check change with its firmware.

frames   bytes <-> frames in two variants, requests      scans   a scan -> a reading
"""

from firmware_adapters.dy_gold.decoder import decoder
from firmware_adapters.dy_gold.frames import REQUESTS
from firmware_adapters.dy_gold.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="dy_gold",
    package="firmware_adapters.dy_gold",
    default_profile="dy-gold",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset(("marks_inside_data",)),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.NONE),
)
