"""Expressions of rules: what is allowed, what is refused and where, and that none of them can last."""

import time

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.engine import FAULTS
from storage.rules.expression import MOST_CHARACTERS, check
from storage.rules.facts import SUBJECTS
from storage.rules.mistakes import ExpressionError

FACTS = SUBJECTS["result"].types
# A result with the longest of everything.
WORST = {
    name: {"bool": True, "int": 7, "double": 63.1, "text": "韭" * 2000, "list": ["f" * 200] * 64}[kind.name]
    for name, kind in FACTS.items()
}


@pytest.mark.parametrize(
    ("text", "names", "guards"),
    [
        ("value > 50", ("value",), {}),
        ("value == null || value < 0.5", ("value",), {}),
        (
            'item == "a" && commodity in ["韭菜", "小葱"] && value >= 40.0',
            ("commodity", "item", "value"),
            {"item": {"a"}, "commodity": {"韭菜", "小葱"}},
        ),
        ('"a" == item && item in ["a", "b"]', ("item",), {"item": {"a"}}),
        ('item == "a" || value > 1', ("item", "value"), {}),
        ('!(item == "a")', ("item",), {}),
        ('(item == "a" ? true : false) && is_retest', ("is_retest", "item"), {}),
        ('flags.exists(f, f.startsWith("x") && station == "m") && size(flags) < 3', ("flags", "station"), {}),
        ('time >= "22:00" || time < "06:00"', ("time",), {}),
        ('-value < -1.5 && channel % 2 == 1 && string(channel) + "x" != "7x"', ("channel", "value"), {}),
        ('verdict == "fail" // a note\n && is_retest', ("is_retest", "verdict"), {"verdict": {"fail"}}),
    ],
)  # fmt: skip
def test_what_is_allowed(text: str, names: tuple[str, ...], guards: dict[str, set[str]]) -> None:
    found = check(text, FACTS)
    assert found.names == names
    assert {name: set(texts) for name, texts in found.guards.items()} == guards
    cel.compile(text)


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("vaule > 50", 1, 1, "there is no vaule"),
        ("true &&\n  vaule > 50", 2, 3, "there is no vaule"),
        ("value > ", 1, 9, "ends too early"),
        ("value > 5 5", 1, 11, "'5' was not expected"),
        ("(value > 5", 1, 11, "')' was expected"),
        ('value > "50"', 1, 9, "a number and a text do not go together"),
        ("commodity == 5", 1, 14, "a text and a whole number"),
        ("value * 2 > 3", 1, 7, "write 2.0"),
        ('verdict == "failed"', 1, 12, "verdict is never 'failed'; it is one of fail, invalid"),
        ('"bad" in flags && weekday in ["mon", "tues"]', 1, 30, "weekday is never 'tues'"),
        ("station", 1, 1, "must be true or false"),
        ('commodity.matches("(a+)+b")', 1, 11, "there is no matches()"),
        ("[1, 2].map(x, x)", 1, 8, "there is no map()"),
        ("sleep(1000)", 1, 1, "there is no sleep()"),
        ("sample.number == 1", 1, 8, "facts have no parts"),
        ("value = 3", 1, 7, "'=' is not allowed"),
        ('item == "a\\q"', 1, 11, "means nothing"),
        ("flags[0] == 'a'", 1, 6, "'[' was not expected"),
        ("{1: 2} == 3", 1, 1, "'{' is not allowed"),
        ("item in [station]", 1, 10, "literals alone"),
        ("commodity == null", 1, 14, "a text and null"),
        ("is_retest > false", 1, 11, "true or false"),
        ("1 in item", 1, 6, "do not go together"),
    ],
)
def test_a_mistake_has_its_place(text: str, line: int, column: int, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check(text, FACTS)
    mistake = caught.value.mistake
    assert (mistake.line, mistake.column) == (line, column), mistake.words.en
    assert says in mistake.words.en
    assert mistake.words.zh != mistake.words.en


NEVER_ENDING = {
    "lists in lists": "flags.exists(a, flags.exists(b, flags.exists(c, a == b)))",
    "a list that grows": '[1,2,3].map(a, [1,2,3].map(b, [1,2,3])) == ["x"]',
    "a long sum": "1" + " + 1" * 500 + " > 3",
    "deep": "(" * 500 + "true" + ")" * 500,
    "deep by signs": "!" * 500 + "true",
    "a long choice": "true ? " * 300 + "true" + " : true" * 300,
    "many lists": " && ".join(["flags.all(f, f == 'a' || f == 'b' || f == 'c')"] * 10),
    "long": 'commodity == "' + "x" * MOST_CHARACTERS + '"',
}


@pytest.mark.parametrize("text", NEVER_ENDING.values(), ids=NEVER_ENDING)
def test_what_would_never_end_or_kill_the_process_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        check(text, FACTS)


_LEAVES = st.sampled_from(
    [
        *("value", "channel", "commodity", "item", "flags", "is_retest", "verdict", "late_s", "time", "null", "true"),
        *("1", "2.5", '"a"', "'韭菜'", '["a", "b"]', "[1, 2]", "[]", '"fail"', "999999999999999999", "0"),
    ]
)


def _more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["&&", "||", "==", "!=", "<", ">=", "in", "+", "-", "*", "/", "%"])
    two = st.tuples(inner, signs, inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
    calls = st.sampled_from(["size({})", "string({})", "int({})", "double({})", "!{}", "-{}", "{}.startsWith('a')"])
    called = st.tuples(calls, inner).map(lambda parts: parts[0].format(parts[1]))
    over = st.tuples(st.sampled_from(["exists", "all"]), inner).map(lambda parts: f"flags.{parts[0]}(x, {parts[1]})")
    return two | called | over | st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})")


@given(text=st.recursive(_LEAVES, _more, max_leaves=12))
def test_the_library_runs_whatever_the_check_allows(text: str) -> None:
    """Hold the check against the library: what passes compiles, is true or false, or fails by a known error."""
    try:
        check(text, FACTS)
    except ExpressionError:
        return
    program = cel.compile(text)
    for facts in (WORST, {**WORST, "value": None, "flags": [], "commodity": ""}):
        try:
            assert isinstance(program.execute(cel.Context(variables=facts)), bool)
        except FAULTS as exc:
            # Types were checked: what fails is a value, never a name or a kind of value, but for null.
            assert facts["value"] is None or not isinstance(exc, TypeError | KeyError), (text, exc)


def test_the_costliest_rule_ends_soon() -> None:
    """Take the time of this thread alone: a busy machine is no rule's fault."""
    text = " || ".join(['flags.exists(f, f.contains("zzzz"))'] * 3)
    checked = check(text, FACTS)
    assert 500 < checked.cost <= 2000
    program, context = cel.compile(text), cel.Context(variables=WORST)
    began = time.thread_time()
    for _ in range(20):
        program.execute(context)
    assert (time.thread_time() - began) / 20 < 0.02
