"""The condition of a subscription: an expression over the facts of an alert, beside the filters in columns.

It is written as the rules on events are (expression.py: what passes the check ends), and looked at in the transaction
that makes the news, once the other filters have let the alert through.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import cel

from storage.rules.engine import FAULTS
from storage.rules.expression import check
from storage.rules.mistakes import ExpressionError, Mistake
from storage.rules.types import BOOL, DOUBLE, DOUBLE_OR_NULL, LONGEST_LIST, TEXT, Type, one_of
from wire.terms import Severity, Verdict
from wire.words import Term

_KEPT = 4096


class Known(NamedTuple):
    """Alert as conditions see it. `areas`: of its station and above; `late_s`: from its cause until it was opened."""

    rule: str
    severity: str
    station: str
    device: str
    item: str
    commodity: str
    sample: str
    stall: str
    vendor: str
    supplier: str
    areas: tuple[str, ...]
    late_s: float
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """Fact of an alert that a condition may ask for."""

    type: Type
    of: Callable[[Known], Any]
    words: Term


def _column(name: str, en: str, zh: str) -> Fact:
    return Fact(TEXT, lambda known: getattr(known, name), Term(en, zh))


def _said(name: str, type_: Type, en: str, zh: str) -> Fact:
    return Fact(type_, lambda known: str(known.facts.get(name) or ""), Term(en, zh))


def _number(known: Known) -> float | None:
    value = known.facts.get("value")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


FACTS: Mapping[str, Fact] = {
    "rule": Fact(TEXT, lambda known: str(known.facts.get("drill_of") or known.rule), Term("the rule", "预警类型")),
    "severity": Fact(one_of(Severity), lambda known: known.severity, Term("severity", "级别")),
    "station": _column("station", "name of the station", "检测点代号"),
    "areas": Fact(
        Type.listed(TEXT),
        lambda known: list(known.areas[:LONGEST_LIST]),
        Term("its area and those above", "所属各级区域"),
    ),
    "device": _column("device", "name of the device", "仪器代号"),
    "item": _column("item", "code of the item", "检测项目代码"),
    "commodity": _column("commodity", "the food", "样品名称"),
    "sample": _column("sample", "number of the sample", "样品编号"),
    "stall": _column("stall", "the stall", "摊位"),
    "vendor": _column("vendor", "who sells it", "经营户"),
    "supplier": _column("supplier", "who supplied it", "供货商"),
    "lot": _said("lot", TEXT, "the lot", "批号"),
    "value": Fact(DOUBLE_OR_NULL, _number, Term("the value", "检测值")),
    "unit": _said("unit", TEXT, "unit", "单位"),
    "verdict": _said("verdict", one_of(Verdict), "the verdict", "判定"),
    "device_verdict": _said("device_verdict", one_of(Verdict), "the device's own", "仪器自身判定"),
    "is_retest": Fact(BOOL, lambda known: bool(known.facts.get("is_retest")), Term("a retest", "是否复测")),
    "is_drill": Fact(BOOL, lambda known: "drill" in known.facts, Term("a drill", "是否演练")),
    "late_s": Fact(DOUBLE, lambda known: float(known.late_s), Term("seconds until it was known", "迟到秒数")),
}
_TYPES = {name: fact.type for name, fact in FACTS.items()}


def mistake_in(text: str) -> Mistake | None:
    """Return the first mistake of a condition, with its place; None: it may be kept. Empty: there is none."""
    try:
        check(text, _TYPES) if text else None
    except ExpressionError as exc:
        return exc.mistake.at("condition")
    return None


def meets(text: str, known: Known) -> bool:
    """Return True when the alert meets the condition, and when nobody can say so: a message too many is better than
    one that is missing. A comparison with a value that is not there does not hold; a drill has none, and is told."""
    ready = _prepared(text)
    if ready is None:
        return True
    program, names = ready
    facts = {name: FACTS[name].of(known) for name in names}
    try:
        return bool(program.execute(cel.Context(variables=facts)))
    except FAULTS:
        return "drill" in known.facts or all(value is not None for value in facts.values())


@lru_cache(_KEPT)
def _prepared(text: str) -> tuple[Any, tuple[str, ...]] | None:
    """Compile a condition; None: there is none, or this version does not understand it."""
    try:
        return (cel.compile(text), check(text, _TYPES).names) if text else None
    except ValueError:
        return None
