"""An alert as the JSON document that a webhook receives. Where text occurs, it is there in both languages."""

import json
from collections.abc import Sequence
from typing import Any

from server.delivery.message import AlertFacts, title
from wire.words import SCREENING, STATES, word

TYPE = "shian.alert.v1"


def document(alert: AlertFacts, subscription: str, others: Sequence[AlertFacts] = ()) -> bytes:
    """Return UTF-8 JSON: `type`, `timestamp`, `data` as Standard Webhooks advises; `others` of one message in full."""
    data = _data(alert, subscription)
    if others:
        data["others"] = [_data(other, subscription) for other in others]
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
        "event": str(alert.event) if alert.event else None,
        "facts": alert.facts,
        "opened_at": alert.opened_at.isoformat(),
        "updated_at": alert.updated_at.isoformat(),
        "subscription": subscription,
    }
    if alert.rule == "failed_test":
        data["notice"] = SCREENING._asdict()
    return data
