"""An alert as the JSON document that a webhook receives. Where text occurs, it is there in both languages."""

import json
import re
from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from server.words import CAMERA_KINDS, DETAILS, ITEMS, RULES, SCREENING, STATES, Pair, word

TYPE = "shian.alert.v1"
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


def title(alert: AlertFacts) -> Pair:
    """One line that says what and where."""
    what = RULES.get(alert.rule, Pair(alert.rule, alert.rule))
    item = (ITEMS | CAMERA_KINDS).get(alert.item, Pair(alert.item, alert.item))
    value = f"{_value(alert.facts)} {alert.facts.get('unit') or ''}".strip()
    sample = " ".join(filter(None, [alert.commodity, alert.sample]))
    detail = _detail(alert)
    place = Pair(alert.station_title_en or alert.station_title or alert.station, alert.station_title or alert.station)
    return Pair(
        _line(f"{what.en}: ", ", ", sample, f"{item.en} {value}".strip(), detail.en, place.en),
        _line(f"{what.zh}：", "，", sample, f"{item.zh} {value}".strip(), detail.zh, place.zh),
    )


def _line(what: str, between: str, *parts: str) -> str:
    """Without parts, as when the centre itself is silent, the first word alone."""
    said = between.join(filter(None, parts))
    return f"{what}{said}" if said else what.rstrip(" :：")


def _detail(alert: AlertFacts) -> Pair:
    """What a rule of watching says of the device or the centre; a fact that is missing stays a dash."""
    if "folded" in alert.facts:  # above the station's budget: one alert tells of many (docs/security.md)
        return Pair(f"{alert.facts['folded']} more within an hour", f"一小时内另有 {alert.facts['folded']} 项")
    text = DETAILS.get(alert.rule)
    if text is None:
        return Pair("", "")
    facts: defaultdict[str, Any] = defaultdict(lambda: "-", alert.facts)
    facts["device"] = alert.device
    return Pair(text.en.format_map(facts), text.zh.format_map(facts))


def _value(facts: dict[str, Any]) -> str:
    """The number as the device wrote it; its whole text only where that is no number and none could be read."""
    written, value = str(facts.get("value_text") or ""), facts.get("value")
    return f"{value:g}" if isinstance(value, int | float) and not _NUMBER.fullmatch(written) else written


def document(alert: AlertFacts, subscription: str) -> bytes:
    """UTF-8 JSON: `type`, `timestamp`, `data` as Standard Webhooks advises."""
    headline = title(alert)
    data: dict[str, Any] = {
        "id": str(alert.id),
        "rule": alert.rule,
        "severity": alert.severity,
        "state": alert.state,
        "title": headline._asdict(),
        "state_text": {
            "en": word(STATES, alert.state, chinese=False),
            "zh": word(STATES, alert.state, chinese=True),
        },
        "station": {"name": alert.station, "title": alert.station_title, "title_en": alert.station_title_en},
        "device": alert.device,
        "item": alert.item,
        "sample": alert.sample,
        "commodity": alert.commodity,
        "event": str(alert.event) if alert.event else None,
        "facts": alert.facts,
        "opened_at": alert.opened_at.isoformat(),
        "updated_at": alert.updated_at.isoformat(),
        "subscription": subscription,
    }
    if alert.rule == "failed_test":
        data["notice"] = SCREENING._asdict()
    envelope = {"type": TYPE, "timestamp": alert.updated_at.isoformat(), "data": data}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
