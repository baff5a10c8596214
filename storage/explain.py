"""An alert explained: which rule, which event, what the rule saw, who was chosen and why, who was not and why, and each
attempt with the receipt of its channel. Read for the API and for the command line alike.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from storage import routing
from storage.named import queries
from storage.rules.file import shipped
from storage.steps import Ask, Steps
from wire.terms import Rule
from wire.words import RULES, Term

_SQL = queries("explain")


class Why(NamedTuple):
    """Rule behind an alert. `written`: as it was when it raised the alert, where it is data of the district; `since`:
    from when on it was so."""

    name: str
    title: Term
    source: str
    version: int
    written: Mapping[str, Any] | None
    since: datetime | None


class Cause(NamedTuple):
    """Event behind an alert, where in the ledger it lies, and when it came."""

    id: UUID
    type: str
    station: str
    device: str
    recorded_at: datetime
    received_at: datetime
    stream: UUID
    sequence: int


class Decided(NamedTuple):
    """Reason why a delivery was not sent, or not yet (`until`): when it was decided so first, and last."""

    reason: str
    at: datetime
    last_at: datetime
    until: datetime | None
    facts: Mapping[str, Any]


class Chosen(NamedTuple):
    """Subscription that was chosen, for one telling. `passed`: its filters, each with what the alert passed it by;
    none: it wants all. `attempts`: with the receipts of the channel; `decisions`: why it was not sent, or not yet."""

    delivery: UUID
    subscription: UUID
    name: str
    channel: str
    occasion: str
    state: str
    created_at: datetime
    finished_at: datetime | None
    next_attempt_at: datetime
    late_s: float
    passed: Sequence[str]
    attempts: Sequence[Mapping[str, Any]]
    decisions: Sequence[Decided] = ()


class NotChosen(NamedTuple):
    """Subscription that was not chosen. `filters`: those that left the alert out."""

    subscription: UUID
    name: str
    channel: str
    areas: Sequence[str]
    stations: Sequence[str]
    filters: Sequence[str]


class Explained(NamedTuple):
    """An alert explained. `seen`: the values that the rule saw; `said`: its first sentence, as code and facts."""

    id: UUID
    severity: str
    state: str
    station: str
    device: str
    opened_at: datetime
    rule: Why
    event: Cause | None
    seen: Mapping[str, Any]
    said: str
    quiet_until: datetime | None
    chosen: Sequence[Chosen]
    not_chosen: Sequence[NotChosen]


def explain(alert: UUID) -> Steps[Explained | None]:
    """Explain an alert; None: there is none of this id."""
    rows = yield Ask(_SQL["alert"], {"id": alert})
    if not rows:
        return None
    identity, rule, severity, state, station, device, *_, opened_at, event, text = rows[0]
    facts: dict[str, Any] = json.loads(text)
    why = yield from _why(rule, facts)
    cause = None
    if event is not None:
        found = yield Ask(_SQL["event"], {"id": event})
        cause = Cause(*found[0]) if found else None
    steps = yield Ask(_SQL["first_step"], {"id": alert})
    chosen = yield Ask(_SQL["chosen"], {"id": alert})
    decided: dict[UUID, list[Decided]] = {}
    for _, delivery, _, *decision in (yield from routing.decisions(alert)):
        decided.setdefault(delivery, []).append(Decided._make(decision))
    left_out = yield from routing.why_not(alert)
    own = facts.get("seen")
    return Explained(
        id=identity,
        severity=severity,
        state=state,
        station=station,
        device=device,
        opened_at=opened_at,
        rule=why,
        event=cause,
        seen=own if isinstance(own, dict) else facts,
        said=steps[0][0] if steps else "",
        quiet_until=datetime.fromisoformat(facts["quiet_until"]) if facts.get("quiet_until") else None,
        chosen=[Chosen._make((*row[:-1], json.loads(row[-1]), tuple(decided.get(row[0], ())))) for row in chosen],
        not_chosen=[NotChosen._make((*row[:3], *row[4:])) for row in left_out],
    )


def _why(rule: str, facts: Mapping[str, Any]) -> Steps[Why]:
    if rule in set(Rule):
        return Why(rule, RULES[rule], "system", 0, None, None)
    title = facts.get("title")
    words = Term(title["en"], title["zh"]) if isinstance(title, dict) else Term(rule, rule)
    version = int(facts.get("version") or 0)
    if version:
        rows = yield Ask(_SQL["version"], {"version": version})
        if rows:
            return Why(rule, words, "own", version, json.loads(rows[0][1]), rows[0][2])
    first = shipped().get(rule)
    return Why(rule, words, "shipped", 0, first.body() if first else None, None)
