"""The route: which subscriptions want an alert, and which do not and why.

Deliveries are made in the transaction that makes the news, so that no alert exists without them. Everything that is
decided later about a delivery (server/delivery/stages.py) is a row of `routing_decision`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from storage.named import queries
from storage.rules.condition import Known, meets
from storage.steps import Ask, Row, Steps

_QUERIES = queries("routing")
PARTS = ("above", "around", "wants", "met")
_MOST = 1000


class Routing(Protocol):
    """The transaction in which alerts are routed. `now`: the database's clock."""

    now: datetime
    is_routed: bool


def statement(name: str) -> bytes:
    """Return a statement of routing.sql with the parts that it shares with others."""
    text = _QUERIES[name]
    for part in PARTS:
        text = text.replace(b"{" + part.encode() + b"}", _QUERIES[part])
    return text


_ROUTE, _STEP, _VOID, _DIGEST, _WHY_NOT, _DECISIONS, _CONDITIONAL, _KNOWN, _DIGESTED = map(
    statement,
    (
        "route_alerts",
        "route_step",
        "route_void",
        "route_digest",
        "why_not",
        "decisions",
        "conditional",
        "known",
        "digested",
    ),
)
VOIDED = "result_voided"


def route(work: Routing, alerts: Sequence[UUID], late_s: Sequence[float], editions: Sequence[int]) -> Steps[None]:
    """Make the deliveries of new alerts, or of a telling again."""
    met = yield from _asked(alerts, "new")
    values = {"alerts": list(alerts), "late_s": list(late_s), "editions": list(editions), "now": work.now}
    work.is_routed |= bool((yield Ask(_ROUTE, values | met)))


def route_step(work: Routing, alert: UUID, occasion: str) -> Steps[None]:
    """Make the deliveries of a step that was just written: `acknowledged`, `resolved` or `escalated`."""
    met = yield from _asked([alert], occasion)
    work.is_routed |= bool((yield Ask(_STEP, {"alerts": [alert], "occasion": occasion, "now": work.now} | met)))


def route_digest(values: Mapping[str, Any]) -> Steps[int]:
    """Make the deliveries of a digest; return how many. `values`: those of its statement (server/duty/digests.py)."""
    period = {name: values[name] for name in ("subscription", "since", "until")}
    met = yield from _met((yield Ask(_DIGESTED, period)))
    return len((yield Ask(_DIGEST, dict(values) | met)))


def _asked(alerts: Sequence[UUID], occasion: str) -> Steps[dict[str, list[UUID]]]:
    """Return the values of `{met}`: which conditions of subscriptions these alerts meet."""
    return (yield from _met((yield Ask(_CONDITIONAL, {"alerts": list(alerts), "occasion": occasion}))))


def _met(asked: Sequence[Row]) -> Steps[dict[str, list[UUID]]]:
    known = (yield from known_of({row[0] for row in asked})) if asked else {}
    pairs = [row[:2] for row in asked if row[0] in known and meets(row[2], known[row[0]])]
    return {"met_alerts": [pair[0] for pair in pairs], "met": [pair[1] for pair in pairs]}


def known_of(alerts: Iterable[UUID]) -> Steps[dict[UUID, Known]]:
    """Return alerts as conditions see them, by their ids."""
    rows = yield Ask(_KNOWN, {"alerts": list(alerts)})
    return {row[0]: Known._make((*row[1:11], tuple(row[11]), row[12], json.loads(row[13]))) for row in rows}


def route_void(work: Routing, alerts: Sequence[UUID]) -> Steps[None]:
    """Make the deliveries to those who were told of these alerts, behind which a result was just declared void."""
    work.is_routed |= bool((yield Ask(_VOID, {"alerts": list(alerts), "occasion": VOIDED, "now": work.now})))


def why_not(alert: UUID) -> Steps[list[Row]]:
    """Return the subscriptions that did not want the alert: id, name, channel, account, areas, stations, and the names
    of the filters that left it out."""
    rows = yield Ask(_WHY_NOT, {"alerts": [alert], "most": _MOST})
    known = (yield from known_of([alert])) if any(row[-1] for row in rows) else {}
    return [(*row[:-2], [*row[-2], *_unmet(row[-1], known.get(alert))]) for row in rows]


def _unmet(condition: str, known: Known | None) -> list[str]:
    return [] if known is None or meets(condition, known) else ["condition"]


def decisions(alert: UUID) -> Steps[list[Row]]:
    """Return why deliveries of the alert were not sent, or not yet: subscription, delivery, occasion, reason, the first
    and the last time, until when, facts."""
    return (yield Ask(_DECISIONS, {"alerts": [alert]}))
