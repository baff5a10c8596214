"""ESC/POS: devices that only print. The edge reads what the thermal printer is sent.

commands  how long each command is        style     charset and size of the text (numbers: charsets)
lexer     bytes -> printed lines          settings  the grammar of `line`, and the printer
decoder   printed lines -> readings       simulator devices that print tickets; shares no code with the above
"""

from firmware_adapters.escpos.decoder import EscposDecoder
from firmware_adapters.escpos.simulator import simulator
from firmware_adapters.profile import Identity
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

FAMILY = Family(
    name="escpos",
    package="firmware_adapters.escpos",
    default_profile="generic",
    decoder=EscposDecoder,
    simulator=simulator,
    quirks=frozenset(("spacing_codes",)),
    identity=Identity(record=RecordKind.RUNNING, time=TimeSource.TEST),
)
