"""The engine finds rules by texts and comparisons: whatever it leaves out would not have held."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.rules.engine import Engine, Named
from storage.rules.facts import Place
from storage.rules.rule import EventRule

PLACE = Place("market-1", "market")
NUMBERS = st.sampled_from([-1.0, 0.0, 39.5, 40.0, 40.5, 1e300, float("nan")])
TIMES = st.sampled_from(["00:00", "04:00", "08:30", "23:00", "23:59"])
WORDS = st.sampled_from(["a", "b", "韭菜", ""])
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "=="])


def literal(value: float | str) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    """Draw a part of an expression: a comparison either way round, or a text."""
    match draw(st.integers(0, 3)):
        case 0:
            return f"value {draw(SIGNS)} {literal(draw(NUMBERS.filter(lambda number: 0 <= number < 1e9)))}"
        case 1:
            return f"{literal(draw(TIMES))} {draw(SIGNS)} time"
        case 2:
            return f'verdict == "{draw(st.sampled_from(["pass", "fail"]))}"'
    return f"commodity in [{literal(draw(WORDS))}, {literal(draw(WORDS))}]"


EXPRESSIONS = st.lists(comparisons(), min_size=1, max_size=3).map(" && ".join)
FACTS = st.fixed_dictionaries(
    {
        "value": st.none() | NUMBERS,
        "time": TIMES,
        "verdict": st.sampled_from(["pass", "fail", "suspect"]),
        "commodity": WORDS,
    }
)


def named(name: str, when: str) -> Named:
    rule = {"on": "result", "when": when, "severity": "info", "title": {"en": "x", "zh": "x"}}
    return Named(name, EventRule.model_validate(rule), 1)


def holds(when: str, facts: dict[str, Any]) -> bool:
    """Judge one expression plainly, as it is read."""
    for part in when.split(" && "):
        left, sign, right = part.split(" ", 2)
        if sign == "in":
            ok = facts[left] in [word.strip(' "') for word in right.strip("[]").split(",")]
        else:
            sides = [facts.get(side, side.strip('"')) for side in (left, right)]
            one, other = (float(side) if left == "value" and side is not None else side for side in sides)
            if one is None or other is None:
                return False
            ok = {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other, "==": one == other}[sign]
        if not ok:
            return False
    return True


@settings(max_examples=300, deadline=None)
@given(st.lists(EXPRESSIONS, min_size=1, max_size=12), FACTS)
def test_the_rules_that_are_found_are_those_that_hold(expressions: list[str], facts: dict[str, Any]) -> None:
    engine = Engine(named(f"r{number}", when) for number, when in enumerate(expressions))
    assert engine.mistakes == []
    matches, faults = engine.judge_row("result", PLACE, facts)
    assert not faults
    found = sorted(match.named.name for match in matches)
    assert found == sorted(f"r{number}" for number, when in enumerate(expressions) if holds(when, facts))


def test_a_hundred_rules_that_cannot_hold_are_not_looked_at() -> None:
    engine = Engine(named(f"r{number}", f"value > {90 + number}.0 && sample != 'x'") for number in range(100))
    looked: list[str] = []

    class Facts(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            looked.append(name)
            return 12.5 if name == "value" else "x"

    assert not engine.judge_row("result", PLACE, Facts())[0]
    assert set(looked) == {"value"}
