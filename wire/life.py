"""The life of an alert: which step may follow which state, and where it leads.

The one declaration: the API, the walk of the chains and docs/alerts.md follow from it, and a test holds every statement
in SQL against `LIVE`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from wire.terms import AlertAction, AlertState

_OPEN, _ACKNOWLEDGED, _IN_PROGRESS = AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.IN_PROGRESS
_RESOLVED, _CLOSED = AlertState.RESOLVED, AlertState.CLOSED
# Somebody must still look after it, and what belongs to it joins it: at most one of a key.
LIVE = (_OPEN, _ACKNOWLEDGED, _IN_PROGRESS)
# The longest time for which an alert may be acknowledged, and the time for whoever names none.
LONGEST_S, USUAL_S = 7 * 86_400.0, 4 * 3600.0
# Whoever took a step may take it back for so long.
UNDO_S = 120.0
# News that comes so much later than its cause says when that was.
LATE_S = 300.0


@dataclass(frozen=True, slots=True)
class Move:
    """Step of a person that changes the state. `verb`: its name in the API; `begins`: the states that allow it."""

    verb: str
    action: AlertAction
    begins: tuple[AlertState, ...]


# By the state to which the step leads. An alert that is acknowledged may be so until a later time, and one in progress
# may be handed to somebody else.
MOVES: Mapping[AlertState, Move] = MappingProxyType(
    {
        _ACKNOWLEDGED: Move("acknowledge", AlertAction.ACKNOWLEDGED, (_OPEN, _ACKNOWLEDGED)),
        _IN_PROGRESS: Move("start", AlertAction.STARTED, LIVE),
        _RESOLVED: Move("resolve", AlertAction.RESOLVED, LIVE),
        _CLOSED: Move("close", AlertAction.CLOSED, (_RESOLVED,)),
        _OPEN: Move("reopen", AlertAction.REOPENED, (_RESOLVED, _CLOSED)),
    }
)
VERBS: Mapping[str, AlertState] = MappingProxyType({move.verb: state for state, move in MOVES.items()})
# The state that each action leads to, also of the steps of the system. `undone` says its own (facts.state).
LEADS_TO: Mapping[AlertAction, AlertState] = MappingProxyType(
    {
        AlertAction.OPENED: _OPEN,
        AlertAction.LAPSED: _OPEN,
        **{move.action: state for state, move in MOVES.items()},
    }
)
CHANGES = (*LEADS_TO, AlertAction.UNDONE)


def table() -> str:
    """Return the moves as the table of docs/alerts.md."""
    rows = [
        f"| `{move.verb}` | {', '.join(f'`{state}`' for state in move.begins)} | `{state}` |"
        for state, move in MOVES.items()
    ]
    return "\n".join(("| step | from | to |", "|---|---|---|", *rows))
