"""An alert as every channel is given it, and its headline in both languages."""

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from wire.terms import Rule
from wire.words import CAMERA_KINDS, DETAILS, ITEMS, QUANTITIES, RULES, TOGETHER, UNITS, Term

_ABOUT = {**QUANTITIES, **ITEMS, **CAMERA_KINDS}
_OF_A_DEVICE = {Rule.DEAD_LETTERS, Rule.REPEATS, Rule.DEVICE_OFFLINE, Rule.DEVICE_SILENT}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)$")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


class AlertFacts(BaseModel):
    """What the database knows of the alert when it is sent."""

    id: UUID
    rule: str
    severity: str
    state: str
    station: str
    station_title: str
    station_title_en: str
    device: str
    item: str
    sample: str
    commodity: str
    event: UUID | None
    facts: Annotated[dict[str, Any], Field(default_factory=dict)]
    opened_at: datetime
    updated_at: datetime


def title(alert: AlertFacts) -> Term:
    """One line that says what and where."""
    what = RULES.get(alert.rule, Term(alert.rule, alert.rule))
    item = _ABOUT.get(alert.item, Term(alert.item, alert.item))
    code = str(alert.facts.get("unit") or "")
    unit, value = UNITS.get(code, Term(code, code)), _value(alert.facts)
    sample = " ".join(filter(None, [alert.commodity, alert.sample]))
    detail = _detail(alert)
    place = Term(alert.station_title_en or alert.station_title or alert.station, alert.station_title or alert.station)
    return Term(
        _line(f"{what.en}: ", ", ", sample, f"{item.en} {value} {unit.en}".strip(), detail.en, place.en),
        _line(f"{what.zh}：", "，", sample, f"{item.zh} {value} {unit.zh}".strip(), detail.zh, place.zh),
    )


def _line(what: str, between: str, *parts: str) -> str:
    """Without parts, as when the centre itself is silent, the first word alone."""
    said = between.join(filter(None, parts))
    return f"{what}{said}" if said else what.rstrip(" :：")


def _detail(alert: AlertFacts) -> Term:
    """Return what an alert says beside its rule and its item: the device, and how it is. A missing fact is empty."""
    if "folded" in alert.facts:  # above the station's budget: one alert tells of many (docs/security.md)
        return Term(*(text.format(count=alert.facts["folded"]) for text in TOGETHER))
    facts: defaultdict[str, str] = defaultdict(str, {name: _shown(fact) for name, fact in alert.facts.items()})
    text = DETAILS.get(alert.rule, Term("", ""))
    device = alert.device if alert.rule in _OF_A_DEVICE else ""
    english, chinese = text.en.format_map(facts).strip(), text.zh.format_map(facts).strip()
    return Term(": ".join(filter(None, [device, english])), "：".join(filter(None, [device, chinese])))


def _shown(fact: object) -> str:
    """Return a fact as people read it; a time to the minute, in UTC."""
    if fact is None:
        return ""
    if isinstance(fact, str) and _TIME.match(fact):
        return f"{datetime.fromisoformat(fact).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return str(fact)


def _value(facts: dict[str, Any]) -> str:
    """The number as the device wrote it; its whole text only where that is no number and none could be read."""
    written, value = str(facts.get("value_text") or ""), facts.get("value")
    return f"{value:g}" if isinstance(value, int | float) and not _NUMBER.fullmatch(written) else written
