"""The facts of an alert that a text may name, as words in one language. Pure."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from process.connections import DISTRICT_ZONE
from server.delivery.message import AlertFacts, title, value_of
from server.records.alerts.todo import todo_of
from wire.said import in_words
from wire.units import code_of
from wire.words import CAMERA_KINDS, ITEMS, QUANTITIES, SEVERITIES, STATES, TODO, UNITS, VERDICTS, word

_MOST = 200
_ZONE = ZoneInfo(DISTRICT_ZONE)
_ABOUT = {**QUANTITIES, **ITEMS, **CAMERA_KINDS}


def facts_of(alert: AlertFacts, *, chinese: bool, link: str = "", zone: ZoneInfo = _ZONE) -> Mapping[str, str]:
    """Return the facts by name. Text of others is made one line of bounded length; nothing else is changed in it."""
    unit = str(alert.facts.get("unit") or "")
    place = (alert.station_title if chinese else alert.station_title_en) or alert.station_title or alert.station
    found = {
        "headline": title(alert).text(chinese=chinese),
        "severity": word(SEVERITIES, alert.severity, chinese=chinese),
        "state": word(STATES, alert.state, chinese=chinese),
        "station": place,
        "device": alert.device,
        "item": word(_ABOUT, alert.item, chinese=chinese) if alert.item else "",
        "sample": alert.sample,
        "commodity": alert.commodity,
        **{name: _of_goods(alert, name) for name in ("stall", "vendor", "supplier", "lot")},
        "value": value_of(alert.facts),
        "unit": word(UNITS, code_of(unit), chinese=chinese) if unit else "",
        "bound": str(alert.facts.get("bound") or ""),
        "standard": str(alert.facts.get("standard") or ""),
        "decided": _verdict(alert, "decided_verdict", chinese=chinese),
        "voided": str(alert.voided or ""),
        "by_device": _verdict(alert, "device_verdict", chinese=chinese),
        "todo": word(TODO, todo, chinese=chinese) if (todo := todo_of(alert.rule, alert.state)) else "",
        "opened_at": in_words(alert.opened_at.isoformat(), chinese=chinese, zone=zone),
    }
    if alert.late_s is not None and alert.caused_at is not None:
        found["made_at"] = f"{alert.caused_at.astimezone(zone):%Y-%m-%d %H:%M}"
        found["late_by"] = span(alert.late_s, chinese=chinese)
    # Without a value the line would name the item alone.
    if not found["value"]:
        found["item"] = found["unit"] = ""
    return {name: one_line(text) for name, text in found.items()} | {"link": link}


def span(seconds: float, *, chinese: bool) -> str:
    """Return a time as people say it: its two largest parts."""
    minutes = round(seconds / 60)
    days, hours = divmod(minutes // 60, 24)
    parts = ((days, "d", "天"), (hours, "h", "小时"), (minutes % 60, "min", "分钟"))
    said = [f"{count} {zh if chinese else en}" for count, en, zh in parts if count]
    return " ".join(said[:2])


def _verdict(alert: AlertFacts, name: str, *, chinese: bool) -> str:
    code = str(alert.facts.get(name) or "")
    return word(VERDICTS, code, chinese=chinese) if code else ""


def _of_goods(alert: AlertFacts, name: str) -> str:
    return str(getattr(alert, name, "") or alert.facts.get(name) or "")


def one_line(text: str, most: int = _MOST) -> str:
    """Return the text without controls and line breaks, cut to `most` characters."""
    clean = " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())
    return clean if len(clean) <= most else clean[: most - 1] + "…"
