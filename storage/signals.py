"""What a rule says: the shape that every rule's word has, whichever process it is of. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from wire.said import Said
from wire.terms import Severity


@dataclass(frozen=True, slots=True)
class Signal:
    """It opens an alert, or joins the live one of its key; with `opens` False it only joins, with `joins` False it only
    opens, and with `ends` True it resolves it: what it was about is over. `rule` is a word of docs/alerts.md. No
    station: it is about the centre. `at`: when it happened; None: now."""

    rule: str
    key: str
    severity: Severity
    station: str
    subject: str
    note: Said
    device: str = ""
    item: str = ""
    sample: str = ""
    commodity: str = ""
    event: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    opens: bool = True
    joins: bool = True
    ends: bool = False
    at: datetime | None = None
