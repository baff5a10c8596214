"""The signal of a rule, in one shape for all rules and processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from wire.said import Said
from wire.terms import Severity


@dataclass(frozen=True, slots=True)
class Signal:
    """Signal of a rule. It opens an alert, or joins the live one of its key; with `opens` False it only joins, with
    `joins` False it only opens, and with `ends` True it resolves the alert: its cause is over. `rule` is a word of
    docs/alerts.md. No station: the signal is about the centre. `at`: when the cause came; None: now."""

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
    stall: str = ""
    vendor: str = ""
    supplier: str = ""
    registered: UUID | None = None  # key of the sample that a result is of
    event: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    opens: bool = True
    joins: bool = True
    ends: bool = False
    at: datetime | None = None
