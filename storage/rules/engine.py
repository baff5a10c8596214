"""The rules of a district over one event: which of them hold, and what each of these saw.

Only checked rules come here (storage/rules/expression.py), so that each ends. A rule that fails all the same, or takes
longer than it may, is named with its fault; all others are judged as if it were not there.
"""

import operator
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import cel

from storage.rules.expression import Bound, Checked, check
from storage.rules.facts import SUBJECTS, Place, Taken
from storage.rules.mistakes import ExpressionError, Mistake
from storage.rules.rule import EventRule, RuleBase

# What the library raises for a fault of the expression: overflow, division by zero, null where a value was expected.
FAULTS = (ArithmeticError, TypeError, ValueError, RuntimeError, KeyError)
# A rule of the highest cost takes a tenth of it.
SLOW_S = 0.02
_PLACES = 4096
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
# Facts that tell events apart better than a verdict or a role does.
_TELLING = frozenset({"item", "commodity", "station", "device", "supplier", "vendor", "lot", "quantity", "kind"})


class Named(NamedTuple):
    """Rule with its name. `version`: of the table that has it; 0: it was shipped."""

    name: str
    rule: RuleBase
    version: int = 0


class Match(NamedTuple):
    """Rule that holds for an event, and the facts that it looked at."""

    named: Named
    rule: EventRule
    seen: Mapping[str, Any]


class Fault(NamedTuple):
    """Rule that could not be judged, and why."""

    named: Named
    error: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """Rule that can run. `guards`: facts with a condition that each must meet, looked at before the expression is run:
    most events end there. `index`: a fact, and the texts of which it must be one; `bound`: where there is none, a
    comparison that must hold. `lacking`: facts that are null at times, which makes a comparison fail: then the rule
    does not speak of the event."""

    named: Named
    rule: EventRule
    program: Any
    names: tuple[str, ...]
    guards: tuple[tuple[str, Callable[[Any], bool]], ...]
    index: tuple[str, frozenset[str]] | None
    bound: Bound | None
    lacking: tuple[str, ...]

    def is_for(self, place: Place) -> bool:
        rule = self.rule
        if rule.stations and place.station not in rule.stations:
            return False
        return not rule.areas or not set(rule.areas).isdisjoint(place.areas)


@dataclass(frozen=True, slots=True)
class _Bounded:
    """Rules with a comparison of one fact by one sign, in the order of what it is compared with."""

    fact: str
    sign: str
    literals: list[Any]
    ready: list[_Ready]

    def met(self, value: Any) -> list[_Ready]:
        """Return the rules whose comparison holds. None does where the fact is null."""
        if value is None:
            return []
        match self.sign:
            case ">":
                return self.ready[: bisect_left(self.literals, value)]
            case ">=":
                return self.ready[: bisect_right(self.literals, value)]
            case "<":
                return self.ready[bisect_right(self.literals, value) :]
            case "<=":
                return self.ready[bisect_left(self.literals, value) :]
        return self.ready[bisect_left(self.literals, value) : bisect_right(self.literals, value)]  # "=="


class _Here:
    """Rules of one kind of event at one place: those that are always looked at, the others by a text of a fact, or by a
    comparison, so that most of them are never touched."""

    def __init__(self, ready: Iterable[_Ready]) -> None:
        self.always: list[_Ready] = []
        self.by_text: dict[str, dict[str, list[_Ready]]] = {}
        by_bound: dict[tuple[str, str], list[tuple[Any, _Ready]]] = {}
        for one in ready:
            if one.index is not None:
                name, texts = one.index
                for text in texts:
                    self.by_text.setdefault(name, {}).setdefault(text, []).append(one)
            elif one.bound is not None:
                fact, sign, literal = one.bound
                by_bound.setdefault((fact, sign), []).append((literal, one))
            else:
                self.always.append(one)
        self.by_bound: list[_Bounded] = []
        for (fact, sign), found in by_bound.items():
            found.sort(key=lambda pair: pair[0])
            literals, held = [literal for literal, _ in found], [one for _, one in found]
            self.by_bound.append(_Bounded(fact, sign, literals, held))

    def chosen(self, facts: Mapping[str, Any]) -> list[_Ready]:
        """Return the rules that may hold for an event with these facts."""
        found = list(self.always)
        for name, by_text in self.by_text.items():
            found += by_text.get(facts[name], ())
        for bounded in self.by_bound:
            found += bounded.met(facts[bounded.fact])
        return found


@dataclass(slots=True)
class _Of:
    """Rules on one kind of event, and the facts that they ask for."""

    ready: list[_Ready] = field(default_factory=list)
    facts: Mapping[str, Callable[[Taken], Any]] = field(default_factory=dict)
    by_place: dict[Place, _Here] = field(default_factory=dict)


class _Facts(dict[str, Any]):
    """Facts of an event, each taken out when it is asked for first."""

    def __init__(self, taken: Taken, ways: Mapping[str, Callable[[Taken], Any]]) -> None:
        super().__init__()
        self._taken = taken
        self._ways = ways

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._ways[name](self._taken)
        return value

    def all(self) -> dict[str, Any]:
        """Return all facts, as the library takes them."""
        return {name: self[name] for name in self._ways}


class Engine:
    """Engine for a set of rules. `mistakes`: rules that are not run, because they do not pass the check."""

    def __init__(self, rules: Iterable[Named] = (), clock: Callable[[], float] = time.perf_counter) -> None:
        self._of: dict[str, _Of] = {}
        self._clock = clock
        self.mistakes: list[tuple[Named, Mistake]] = []
        for named in rules:
            if not named.rule.is_on or not isinstance(named.rule, EventRule):
                continue
            try:
                self._of.setdefault(named.rule.on, _Of()).ready.append(prepared(named, named.rule))
            except ExpressionError as exc:
                self.mistakes.append((named, exc.mistake))
        for on, of in self._of.items():
            wanted = {name for ready in of.ready for name in ready.names}
            of.facts = {name: SUBJECTS[on].facts[name].of for name in sorted(wanted)}

    def is_on(self, on: str) -> bool:
        """Tell whether any rule is on events of this kind."""
        return on in self._of

    def forget_places(self) -> None:
        """Call when stations have moved: which rules are for whom is found anew."""
        for of in self._of.values():
            of.by_place.clear()

    def judge(self, on: str, taken: Taken) -> tuple[Sequence[Match], Sequence[Fault]]:
        """Judge one event by all rules on its kind."""
        of = self._of.get(on)
        if of is None:
            return (), ()
        facts = _Facts(taken, of.facts)
        return run(self._here(of, taken.place).chosen(facts), facts, facts.all, self._clock)

    def judge_row(self, on: str, place: Place, facts: dict[str, Any]) -> tuple[Sequence[Match], Sequence[Fault]]:
        """Judge a stored event by its facts."""
        of = self._of.get(on)
        return run(self._here(of, place).chosen(facts), facts, lambda: facts, self._clock) if of else ((), ())

    def names(self, on: str) -> tuple[str, ...]:
        """Return the facts that the rules on this kind ask for."""
        of = self._of.get(on)
        return tuple(of.facts) if of else ()

    def _here(self, of: _Of, place: Place) -> _Here:
        found = of.by_place.get(place)
        if found is None:
            if len(of.by_place) > _PLACES:
                of.by_place.clear()
            found = of.by_place[place] = _Here(ready for ready in of.ready if ready.is_for(place))
        return found


def prepared(named: Named, rule: EventRule) -> _Ready:
    """Check and compile a rule. Raises ExpressionError with its place."""
    types = SUBJECTS[rule.on].types
    checked = check(rule.when, types)
    try:
        program = cel.compile(rule.when)
    except ValueError as exc:  # the check allows nothing that the library refuses: a test holds them together
        raise ExpressionError(str(exc)[:300], str(exc)[:300], 1, 1) from exc
    lacking = tuple(name for name in checked.names if types[name].may_lack)
    return _Ready(named, rule, program, checked.names, tuple(_guards(checked)), *_index(checked), lacking)


def _guards(checked: Checked) -> Iterator[tuple[str, Callable[[Any], bool]]]:
    for name, texts in checked.guards.items():
        yield name, texts.__contains__
    for fact, sign, literal in checked.bounds:
        # A fact that is null meets no bound, as a comparison with null does not hold.
        yield fact, partial(_meets, _SIGNS[sign], literal)


def _meets(sign: Callable[[Any, Any], bool], literal: Any, value: Any) -> bool:
    return value is not None and sign(value, literal)


def _index(checked: Checked) -> tuple[tuple[str, frozenset[str]] | None, Bound | None]:
    """Return the guard that leaves the fewest events; a comparison instead where no guard tells much."""
    guards = sorted(checked.guards.items(), key=lambda guard: (guard[0] not in _TELLING, len(guard[1])))
    if guards and (guards[0][0] in _TELLING or not checked.bounds):
        return guards[0], None
    return None, checked.bounds[0] if checked.bounds else None


def run(
    ready: Sequence[_Ready],
    facts: Mapping[str, Any],
    whole: Callable[[], dict[str, Any]],
    clock: Callable[[], float],
) -> tuple[Sequence[Match], Sequence[Fault]]:
    """Run rules on the facts of one event. `whole` returns all facts, for the first that is run."""
    found: list[Match] = []
    faults: list[Fault] = []
    context: Any = None
    began = clock()
    for one in ready:
        for name, is_met in one.guards:
            if not is_met(facts[name]):
                break
        else:
            if context is None:
                context = cel.Context(variables=whole())
            try:
                if one.program.execute(context):
                    found.append(Match(one.named, one.rule, {name: facts[name] for name in one.names}))
            except FAULTS as exc:
                if all(facts[name] is not None for name in one.lacking):
                    faults.append(Fault(one.named, f"{type(exc).__name__}: {exc}"[:300]))
    if context is not None and clock() - began > SLOW_S:
        faults += _slow(ready, context, clock)
    return found, faults


def _slow(ready: Sequence[_Ready], context: Any, clock: Callable[[], float]) -> list[Fault]:
    """Find the rule that took so long, by running each again. A busy machine is no rule's fault."""
    slow = []
    for one in ready:
        began = clock()
        try:
            one.program.execute(context)
        except FAULTS:
            continue
        lasted = clock() - began
        if lasted > SLOW_S:
            slow.append(Fault(one.named, f"took {lasted * 1000:.0f} ms"))
    return slow
