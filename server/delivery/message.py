"""An alert as every channel is given it, and its headline in both languages."""

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from wire.life import LATE_S
from wire.said import fill
from wire.terms import Rule
from wire.units import code_of
from wire.words import CAMERA_KINDS, DETAILS, ITEMS, QUANTITIES, RULES, TOGETHER, UNITS, Term, terms, vocabularies

_ABOUT = {**QUANTITIES, **ITEMS, **CAMERA_KINDS}
_OF_A_DEVICE = {Rule.DEAD_LETTERS, Rule.REPEATS, Rule.DEVICE_OFFLINE, Rule.DEVICE_SILENT}
# The rule of a message that only tries whether it arrives.
TEST = "test_message"
_MESSAGES = terms(vocabularies()["message"])
_TEST, _DRILL, DRILL_NOTICE, DRILLS_AMONG = (
    _MESSAGES[name] for name in (TEST, "drill", "drill_notice", "drills_among")
)
OF_A_TEST = {Rule.FAILED_TEST, Rule.VERDICTS_DISAGREE}
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


class AlertFacts(BaseModel):
    """Facts that the database has about the alert when it is sent. `voided`: results behind it that were declared
    void."""

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
    caused_at: datetime | None = None
    stall: str = ""
    vendor: str = ""
    supplier: str = ""
    voided: int = 0

    @property
    def late_s(self) -> float | None:
        """Return how long after its cause it was opened; None: soon."""
        if self.caused_at is None:
            return None
        late_s = (self.opened_at - self.caused_at).total_seconds()
        return late_s if late_s > LATE_S else None


def title(alert: AlertFacts) -> Term:
    """Return one line with the event and its place."""
    if alert.rule == TEST:
        return Term(*(fill(_TEST, alert.facts, chinese=chinese) for chinese in (False, True)))
    rule = str(alert.facts.get("drill_of") or alert.rule) if is_drill(alert) else alert.rule
    what = _rule(alert, rule)
    if is_drill(alert):
        what = Term(_DRILL.en + what.en, _DRILL.zh + what.zh)
    item = _ABOUT.get(alert.item, Term(alert.item, alert.item))
    code = str(alert.facts.get("unit") or "")
    unit, value = UNITS.get(code_of(code), Term(code, code)), value_of(alert.facts)
    sample = " ".join(filter(None, [alert.commodity, alert.sample]))
    detail = _detail(alert)
    place = Term(alert.station_title_en or alert.station_title or alert.station, alert.station_title or alert.station)
    return Term(
        _line(f"{what.en}: ", ", ", sample, f"{item.en} {value} {unit.en}".strip(), detail.en, place.en),
        _line(f"{what.zh}：", "，", sample, f"{item.zh} {value} {unit.zh}".strip(), detail.zh, place.zh),
    )


def is_drill(alert: AlertFacts) -> bool:
    """Return True for an alert of a drill, and for those that follow from it."""
    return "drill" in alert.facts


def drill_first(text: str, *, chinese: bool) -> str:
    """Return the text of a drill with the word for that before everything else, once."""
    mark = _DRILL.text(chinese=chinese)
    return mark + text.replace(mark, "")


def _rule(alert: AlertFacts, rule: str) -> Term:
    """Return the name of a rule; one of the district's own brings it along."""
    own = alert.facts.get("drill_title" if is_drill(alert) else "title")
    if isinstance(own, dict) and rule not in RULES:
        return Term(str(own.get("en") or rule), str(own.get("zh") or rule))
    return RULES.get(rule, Term(rule, rule))


def _line(what: str, between: str, *parts: str) -> str:
    """Join the parts to one line. Without parts, as when the centre itself is silent, return the first word alone."""
    said = between.join(filter(None, parts))
    return f"{what}{said}" if said else what.rstrip(" :：")


def _detail(alert: AlertFacts) -> Term:
    """Return what an alert says beside its rule and its item: the device, and how it is. A missing fact is empty."""
    if "folded" in alert.facts:  # above the station's budget: one alert tells of many (docs/security.md)
        return Term(*(text.format(count=alert.facts["folded"]) for text in TOGETHER))
    text = DETAILS.get(alert.rule, Term("", ""))
    device = alert.device if alert.rule in _OF_A_DEVICE else ""
    english, chinese = (fill(text, alert.facts, chinese=is_chinese) for is_chinese in (False, True))
    return Term(": ".join(filter(None, [device, english])), "：".join(filter(None, [device, chinese])))


def value_of(facts: dict[str, Any]) -> str:
    """Return the number as the device wrote it; its whole text only where that is no number and none could be read."""
    written, value = str(facts.get("value_text") or ""), facts.get("value")
    return f"{value:g}" if isinstance(value, int | float) and not _NUMBER.fullmatch(written) else written
