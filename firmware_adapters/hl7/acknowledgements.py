"""The one answer to a message (HL7 v2, 2.9.2 and 2.9.3).

    original mode, MSH-15 and MSH-16 empty      AA accepted, AE error, AR rejected
    enhanced mode, MSH-15 wants one             CA, CE, CR: the sender may forget the message
    enhanced mode, only MSH-16 wants one        AA, AE, AR
    enhanced mode, neither wants one            no answer

AL wants one always, NE never, ER on errors alone, SU on success alone. Fields are echoed as bytes: their charset does
not matter. The time is that of the message; this side has no clock. Control characters are not echoed: whatever a
device says, nothing but text in a frame goes back to it.
"""

import re
from enum import StrEnum

from firmware_adapters.asking import Request

_CONTROLS = bytes((*range(0x20), 0x7F))
_TEXT = rb"[^\x00-\x1f\x7f]*"
_SEGMENTS = rb"MSH" + _TEXT + rb"\rMSA" + _TEXT + rb"\r"
ANSWERS = (
    Request("answer, framed", re.compile(rb"\x0b" + _SEGMENTS + rb"\x1c\r")),
    Request("answer, bare", re.compile(_SEGMENTS + rb"\r")),
)
_KINDS = {"AL": (True, True), "NE": (False, False), "ER": (False, True), "SU": (True, False)}


class Outcome(StrEnum):
    """Outcome of a message: the second letter of MSA-1."""

    ACCEPTED = "A"
    ERROR = "E"
    REJECTED = "R"


def acknowledgement(header: bytes, outcome: Outcome, text: str = "") -> bytes | None:
    """Return the segments of the answer to the message with this MSH, or None where it wants none. `text` is ASCII."""
    header = header.translate(None, _CONTROLS)
    mark = header[3:4]
    fields = header.split(mark)
    fields += [b""] * (19 - len(fields))
    code = _code(_word(fields[14]), _word(fields[15]), outcome)
    if code is None:
        return None
    component = fields[1][:1] or b"^"
    event = [*fields[8].split(component), b""][1]
    kind = b"ACK" + (component + event if event else b"")
    head = [b"MSH", fields[1], fields[4], fields[5], fields[2], fields[3], fields[6], b"", kind]
    head += [fields[9], fields[10] or b"P", fields[11], *([b""] * 5), fields[17]]
    body = [b"MSA", code.encode(), fields[9], *([text.encode("ascii", "replace")] if text else [])]
    return mark.join(head).rstrip(mark) + b"\r" + mark.join(body) + b"\r"


def _word(field: bytes) -> str:
    return re.sub(r"[^A-Z]", "", field.decode("latin-1").upper())


def _code(accept: str, application: str, outcome: Outcome) -> str | None:
    if not accept and not application:
        return f"A{outcome}"
    is_wanted = 0 if outcome is Outcome.ACCEPTED else 1
    if _KINDS.get(accept, (False, False))[is_wanted]:
        return f"C{outcome}"
    return f"A{outcome}" if _KINDS.get(application, (False, False))[is_wanted] else None
