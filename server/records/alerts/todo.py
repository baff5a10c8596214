"""Advice about an alert: the next thing to do, as a code of wire/words/todo.toml. Pure."""

from collections.abc import Sequence

from wire.life import LIVE
from wire.terms import Rule, Verdict
from wire.words import TODO


def todo_of(rule: str, state: str, retests: Sequence[Verdict] = ()) -> str:
    """Return the code; empty: nothing. `retests`: the verdicts of the tests after the first, in their order."""
    if state not in LIVE or rule not in TODO:
        return ""
    if rule != Rule.FAILED_TEST or not retests:
        return rule
    match retests[-1]:
        case Verdict.FAIL:
            return f"{rule}_again"
        case Verdict.PASS:
            return f"{rule}_passed"
        case _:
            return rule
