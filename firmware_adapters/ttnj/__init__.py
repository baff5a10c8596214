"""TTNJ and TTJ multi-channel testers (泰扬): asked by the host, their memory comes as 73-byte groups without a check.

session   marks, requests, the dialogue      grammar   bytes -> marks and groups
groups    layouts and plausibility           readings  a group -> readings
floats    big-endian numbers, their texts
"""

from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from firmware_adapters.ttnj.decoder import decoder
from firmware_adapters.ttnj.session import REQUESTS
from firmware_adapters.ttnj.simulator import simulator
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="ttnj",
    package="firmware_adapters.ttnj",
    default_profile="ttnj",
    decoder=decoder,
    simulator=simulator,
    requests=REQUESTS,
    quirks=frozenset({"mask_tells_used_wells", "pair_is_control_and_sample", "unused_wells_are_zero"}),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.TEST),
)
