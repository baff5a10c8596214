"""A rota as an iCalendar file (RFC 5545), for the calendar of a phone. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from server.duty.rota import Span

_MOST_OCTETS = 73
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


def calendar(title: str, spans: Sequence[Span], names: Mapping[UUID, str], now: datetime, words: str) -> str:
    """Return the file. `words`: "on duty" in the reader's language, in front of each name."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Shian//duty//ZH", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_text(title)}")
    for span in spans:
        name = names.get(span.account, str(span.account))
        lines += ["BEGIN:VEVENT", f"UID:{_uid(title, span)}", f"DTSTAMP:{_at(now)}"]
        lines += [f"DTSTART:{_at(span.starts_at)}", f"DTEND:{_at(span.ends_at)}", f"SUMMARY:{_text(f'{words} {name}')}"]
        if span.note:
            lines.append(f"DESCRIPTION:{_text(span.note)}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _uid(title: str, span: Span) -> str:
    made = f"{title}|{span.account}|{span.starts_at.isoformat()}|{span.ends_at.isoformat()}"
    return f"{hashlib.sha256(made.encode()).hexdigest()[:32]}@shian"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    return text.translate(_ESCAPED)


def _folded(line: str) -> str:
    """Fold a line to 75 octets, never within a character."""
    parts, part = [], ""
    for character in line:
        if len((part + character).encode()) > _MOST_OCTETS:
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])
