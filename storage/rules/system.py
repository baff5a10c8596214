"""Thresholds of the system's rules, as a district changes them by API and command line.

    shipped (storage/watch.toml) -> [watch.<rule>] of ingest.toml or server.toml -> the table `rule_threshold`

Ingest and the server read the table in each look, so that a change holds from the next look on. Every change is a deed
with its reason. A row that does not pass the check (written by hand, or by a newer version) is as if it were not there.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from storage import deeds, told_settings
from storage.deeds import Actor, Deed
from storage.named import queries
from storage.rules.file import mistakes_of
from storage.rules.mistakes import Mistake
from storage.steps import Ask, Steps
from storage.thresholds import PARTS, CentreThresholds, StationThresholds, Watched, shipped
from wire.words import THRESHOLDS, Term, vocabularies

_SQL = queries("thresholds")
_LOCK = 0x5368_6961_6E06
# Paths of the server's machine are for whoever writes its file.
_ONLY_IN_FILE = frozenset({"folders"})

T = TypeVar("T", StationThresholds, CentreThresholds)


class Held(NamedTuple):
    """Thresholds of a rule. `default`: of the settings of the process `part`; `now`: with what the district changed."""

    rule: str
    part: str
    default: Watched
    now: Watched
    changed: Mapping[str, Any]
    changed_at: datetime | None = None


class Meaning(NamedTuple):
    """Meaning of a threshold. `unit`: "" for a plain number, or none."""

    words: Term
    unit: str


class BadThresholdError(ValueError):
    """Thresholds that are refused. `mistakes` names each."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(mistake.text(chinese=False) for mistake in mistakes))
        self.mistakes = mistakes


def rules() -> Mapping[str, tuple[str, type[Watched]]]:
    """Return the rules that have thresholds: the process that judges by them, and their form."""
    found: dict[str, tuple[str, type[Watched]]] = {}
    for part, form in PARTS.items():
        for name in shipped():
            field = form.model_fields.get(name)
            if field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, Watched):
                found[name] = (part, field.annotation)
    return found


def keys_of(form: type[Watched]) -> list[str]:
    """Return the thresholds of a form that a district may change."""
    return [key for key in form.model_fields if key not in _ONLY_IN_FILE]


def meaning(rule: str, key: str) -> Meaning:
    """Return the meaning of a threshold. Raises KeyError for one without words."""
    code = f"{rule}.{key}" if f"{rule}.{key}" in THRESHOLDS else key
    return Meaning(THRESHOLDS[code], str(vocabularies()["threshold"][code].get("unit", "")))


def check(held: Held, changed: Mapping[str, Any]) -> Watched:
    """Return the thresholds of a rule with these changes. Raises BadThresholdError."""
    form = type(held.default)
    unknown = [key for key in changed if key not in keys_of(form)]
    if unknown:
        names = ", ".join(keys_of(form))
        words = Term(f"there is no such threshold; there are {names}", f"没有这个阈值，可用：{names}")
        raise BadThresholdError([Mistake(words).at(f"{held.rule}.{key}") for key in unknown])
    try:
        return form.model_validate({**held.default.model_dump(), **changed})
    except ValidationError as exc:
        raise BadThresholdError(list(mistakes_of(exc, held.rule))) from exc


def read() -> Steps[Mapping[str, Held]]:
    """Read the thresholds of all rules, with those of the settings that ingest and server told last."""
    told = {}
    for part in PARTS:
        told[part] = yield from told_settings.told(part)
    rows = yield Ask(_SQL["changed"])
    changed = {row[0]: (json.loads(row[1]), row[2]) for row in rows}
    return {name: _held(name, part, form, told[part], changed.get(name)) for name, (part, form) in rules().items()}


def over(thresholds: T) -> Steps[T]:
    """Return the thresholds of a process with what the district changed."""
    rows = yield Ask(_SQL["changed"])
    found: dict[str, Watched] = {}
    for rule, body, _ in rows:
        default = getattr(thresholds, rule, None)
        if isinstance(default, Watched):
            found[rule] = _with(Held(rule, "", default, default, {}), json.loads(body)).now
    return thresholds.model_copy(update=found)


def put(rule: str, changed: Mapping[str, Any], *, actor: Actor, why: str) -> Steps[Held]:
    """Keep the thresholds of a rule that differ from the default; all others are the default again. Raises
    BadThresholdError, KeyError for a rule without thresholds."""
    yield Ask(_SQL["lock"], {"key": _LOCK})
    before = (yield from read())[rule]
    after = check(before, changed)
    differs = _differing(before.default, after)
    if differs == dict(before.changed):
        return before
    facts = {"before": dict(before.changed), "after": differs}
    if not differs:
        yield Ask(_SQL["reset"], {"rule": rule}, has_rows=False)
        yield from deeds.append([Deed(actor, "threshold_reset", rule, why=why, facts=facts)])
    else:
        yield Ask(_SQL["put"], {"rule": rule, "changed": json.dumps(differs)}, has_rows=False)
        yield from deeds.append([Deed(actor, "threshold_changed", rule, why=why, facts=facts)])
    return (yield from read())[rule]


def _held(
    rule: str, part: str, form: type[Watched], told: Mapping[str, Any], row: tuple[dict[str, Any], datetime] | None
) -> Held:
    prefix = f"watch.{rule}."
    of_file = {key.removeprefix(prefix): value for key, value in told.items() if key.startswith(prefix)}
    known = {key: value for key, value in of_file.items() if key in form.model_fields}
    try:
        default = form.model_validate({**shipped()[rule], **known})
    except ValidationError:  # told by another version
        default = form.model_validate(shipped()[rule])
    held = Held(rule, part, default, default, {})
    return held if row is None else _with(held, row[0])._replace(changed_at=row[1])


def _with(held: Held, changed: Any) -> Held:
    """Return the thresholds with a row of the table, or without one that does not pass the check."""
    if not isinstance(changed, dict):
        return held
    try:
        return held._replace(now=check(held, changed), changed=changed)
    except BadThresholdError:
        return held


def _differing(default: Watched, after: Watched) -> dict[str, Any]:
    before = default.model_dump(mode="json")
    return {key: value for key, value in after.model_dump(mode="json").items() if value != before[key]}
