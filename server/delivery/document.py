"""An alert as the JSON document that a webhook receives. Where text occurs, it is there in both languages."""

import json
from typing import Any

from server.delivery.channel import Notice
from server.delivery.message import AlertFacts, is_drill, title
from server.delivery.texts.text import late_of, notice_of
from server.records.alerts.todo import todo_of
from wire.words import STATES, TODO, word

TYPE = "shian.alert.v1"


def document(notice: Notice) -> bytes:
    """Return UTF-8 JSON: `type`, `timestamp`, `data` as Standard Webhooks advises; `others` of one message in full."""
    alert = notice.alert
    data = _data(alert, notice.subscription) | {"occasion": notice.occasion}
    data |= {
        name: text
        for name, text in (("by", notice.by), ("why", notice.why), ("acknowledge_url", notice.acknowledge))
        if text
    }
    if notice.others:
        data["others"] = [_data(other, notice.subscription) for other in notice.others]
    envelope = {"type": TYPE, "timestamp": alert.updated_at.isoformat(), "data": data}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def _data(alert: AlertFacts, subscription: str) -> dict[str, Any]:
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
        "stall": alert.stall,
        "vendor": alert.vendor,
        "supplier": alert.supplier,
        "event": str(alert.event) if alert.event else None,
        "facts": alert.facts,
        "caused_at": alert.caused_at.isoformat() if alert.caused_at else None,
        "late_s": alert.late_s,
        "opened_at": alert.opened_at.isoformat(),
        "updated_at": alert.updated_at.isoformat(),
        "subscription": subscription,
    }
    if alert.late_s is not None:
        data["late"] = late_of(alert)._asdict()
    if todo := todo_of(alert.rule, alert.state):
        data["todo"] = {
            "en": word(TODO, todo, chinese=False),
            "zh": word(TODO, todo, chinese=True),
        }
    if alert.voided:
        data["voided"] = alert.voided
    if is_drill(alert):
        data["is_drill"] = True
    if notice := _notice(alert):
        data["notice"] = notice
    return data


def _notice(alert: AlertFacts) -> dict[str, str]:
    """Return what must stand with the alert, as the texts of messages say it; nothing where nothing must."""
    is_test = alert.rule == "failed_test"
    said = {
        language: notice_of(is_test=is_test, is_drill=is_drill(alert), chinese=chinese)
        for language, chinese in (("en", False), ("zh", True))
    }
    return said if said["en"] else {}
