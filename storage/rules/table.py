"""The rules of a district: those that are shipped, and over them the table `alert_rule`. Every change is a deed."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from storage import alerts, deeds
from storage.alerts import Round
from storage.deeds import Actor, Deed
from storage.named import queries
from storage.rules.engine import Named
from storage.rules.facts import Place
from storage.rules.file import AnyRule, read_rule, shipped
from storage.rules.mistakes import Mistake
from storage.signals import Signal
from storage.steps import Ask, Steps
from wire.said import Said
from wire.terms import Rule, Severity
from wire.words import Term

_SQL = queries("rules")
_LOCK = 0x5368_6961_6E04


class Broken(NamedTuple):
    """Row of the table that is no rule: written past the check, or by a newer version."""

    name: str
    mistakes: Sequence[Mistake]


class Rules(NamedTuple):
    """Rules of a district. `off`: rules that were switched off because they fail."""

    version: int
    named: Sequence[Named]
    broken: Sequence[Broken]
    off: frozenset[str]


class FaultRow(NamedTuple):
    """Rule that could not be judged: how often, the last error, and since when it is off because of that."""

    rule: str
    failures: int
    error: str
    at: datetime
    off_at: datetime | None


class Stamp(NamedTuple):
    """State of the rules: what has the same stamp has the same rules."""

    version: int
    off: frozenset[str]


def stamp() -> Steps[Stamp]:
    """Read which rules there are, without reading them."""
    version = (yield Ask(_SQL["version"]))[0][0]
    off = yield Ask(_SQL["off"])
    return Stamp(version or 0, frozenset(row[0] for row in off))


def read() -> Steps[Rules]:
    """Read all rules of the district."""
    version = (yield Ask(_SQL["version"]))[0][0]
    rows = yield Ask(_SQL["rules"])
    off = yield Ask(_SQL["off"])
    found: dict[str, Named] = {name: Named(name, rule) for name, rule in shipped().items()}
    broken = []
    for name, body, of_row in rows:
        rule, mistakes = read_rule(name, json.loads(body))
        found.pop(name, None)
        if rule is None:
            broken.append(Broken(name, mistakes))
        else:
            found[name] = Named(name, rule, of_row)
    named = [found[name] for name in sorted(found)]
    return Rules(version or 0, named, broken, frozenset(row[0] for row in off))


def titles() -> Steps[dict[str, Term]]:
    """Return the titles of the rules that are shipped and of the district's own, also of those that were removed."""
    rows = yield Ask(_SQL["titles"])
    found = {name: Term(rule.title.en, rule.title.zh) for name, rule in shipped().items()}
    return found | {name: Term(en, zh) for name, en, zh in rows}


def places() -> Steps[Mapping[str, Place]]:
    """Read every station as rules see it."""
    rows = yield Ask(_SQL["places"])
    return {row[0]: Place(row[0], row[1], tuple(row[2]), row[3]) for row in rows}


def unknown(rules: Sequence[AnyRule]) -> Steps[list[str]]:
    """Return the stations and areas that the rules name and that are not there."""
    values = {
        "stations": sorted({name for rule in rules for name in rule.stations}),
        "areas": sorted({code for rule in rules for code in rule.areas}),
    }
    rows = yield Ask(_SQL["unknown"], values)
    return sorted(row[0] for row in rows)


def faults() -> Steps[Mapping[str, FaultRow]]:
    """Read the rules that could not be judged."""
    rows = yield Ask(_SQL["faults"])
    return {row[0]: FaultRow(*row) for row in rows}


def one(name: str) -> Steps[Named | None]:
    """Return a rule as it is now, locked; a row that is no rule counts as none."""
    yield Ask(_SQL["lock"], {"key": _LOCK})
    rows = yield Ask(_SQL["rule"], {"name": name})
    if not rows:
        return Named(name, shipped()[name]) if name in shipped() else None
    rule, _ = read_rule(name, json.loads(rows[0][1]))
    return Named(name, rule, rows[0][2]) if rule is not None else None


def put(name: str, rule: AnyRule, *, actor: Actor, why: str = "", now: datetime) -> Steps[int]:
    """Keep a rule that was checked; return its version. Saying the same again changes nothing."""
    before = yield from one(name)
    if before is not None and before.rule == rule and (before.version or name in shipped()):
        return before.version
    body = json.dumps(rule.body(), ensure_ascii=False)
    values = {"name": name, "body": body}
    ((version,),) = (yield Ask(_SQL["change"], values)) or (yield Ask(_SQL["add"], values))
    yield from _mended(name, now)
    facts = {"before": before.rule.body() if before else None, "after": rule.body(), "version": version}
    yield from deeds.append([Deed(actor, "rule_changed", name, why=why, facts=facts)])
    return int(version)


def remove(name: str, *, actor: Actor, why: str = "", now: datetime) -> Steps[bool]:
    """Take a rule out of the table; of a shipped one what is shipped holds again. Return False where there was none."""
    before = yield from one(name)
    if not (yield Ask(_SQL["remove"], {"name": name})):
        return False
    yield from _mended(name, now)
    facts = {"before": before.rule.body() if before else None}
    yield from deeds.append([Deed(actor, "rule_removed", name, why=why, facts=facts)])
    return True


def broken_key(name: str) -> str:
    """Return the key of the alert about a rule that fails."""
    return f"{Rule.RULE_BROKEN}/{name}"


def _mended(name: str, now: datetime) -> Steps[None]:
    """End the alert about a rule that failed: it was changed."""
    signal = Signal(
        rule=Rule.RULE_BROKEN,
        key=broken_key(name),
        severity=Severity.WARNING,
        station="",
        subject=name,
        note=Said("rule_changed", name=name),
        opens=False,
        ends=True,
    )
    work = Round(now, [signal])
    yield from alerts.raise_all(work)
    yield from alerts.publish(work)
