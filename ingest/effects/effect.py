"""The facts that an effect gets beside the event."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ingest.verdict import Judged
from ingest.work import Work
from wire.clocks import Moment


class Seen(NamedTuple):
    """View of an event by the centre. `device` is '' for an event of the station itself; `judged`: of an item-test."""

    station: str
    device: str
    moment: Moment
    judged: Judged | None


Effect = Callable[[Work, Any, Seen], None]


def NONE(_work: Work, _event: Any, _seen: Seen) -> None:  # noqa: N802 - a value, as None is
    """Do nothing: a typed row is all that follows from an event of this kind."""
