"""Devices that speak in lines of text: balances, pH meters, thermometers, barcode scanners, printers of reports.

framer       bytes -> lines                 patterns   patterns of profiles, on RE2
grammar      what a profile may say         fields     a matched line -> readings
names        the probes of a profile
interpreter  lines and blocks -> readings   polling    whose turn it is, where a profile asks
decoder      the whole                      checks     checksums within a line
codes        scanned codes, GS1
simulator    devices from templates; shares no code with the above
"""

from firmware_adapters.line.decoder import LineDecoder, requests_of
from firmware_adapters.line.names import brings
from firmware_adapters.line.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="line",
    package="firmware_adapters.line",
    default_profile="generic",
    decoder=LineDecoder,
    simulator=simulator,
    profile_requests=requests_of,
    quirks=frozenset(("report_between_live_lines",)),
    identity=Identity(record=RecordKind.RUNNING, time=TimeSource.TEST),
    brings=brings,
)
