"""Modbus RTU: probes, transmitters, loggers and controllers that are asked for registers.

framer    bytes -> frames              frames     a frame and its sum
functions the sizes of frames          registers  the map of a profile; the values in the bytes of a register
blocks    a map -> requests            polling    whose turn it is on the bus
readings  a reply -> readings          decoder    the client, and the listener
simulator slaves on a bus; shares no code with the above
"""

from firmware_adapters.modbus_rtu.blocks import brings, requests_of
from firmware_adapters.modbus_rtu.decoder import decoder
from firmware_adapters.modbus_rtu.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="modbus_rtu",
    package="firmware_adapters.modbus_rtu",
    default_profile="generic",
    decoder=decoder,
    simulator=simulator,
    profile_requests=requests_of,
    quirks=frozenset(("low_word_first",)),
    identity=Identity(record=RecordKind.NONE, time=TimeSource.NONE),
    brings=brings,
)
