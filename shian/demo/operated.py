"""The runs that somebody lays out at a station's screen. The virtual tester does them, as a real one does when its
start is pressed: once nothing was laid out anew for a while, all wells at once. A second test on the same sample is
done without a layout, as soon as it is asked for, where no other sample waits for its item."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from edge.samples.client import AgentAwayError, AskRefusedError

log = structlog.get_logger()

# Whoever lays out wells one by one takes a while for each.
QUIET_S = 6.0
RETEST_S = 2.0
_LOOK_S = 1.0
_WELLS = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """One test to be made. `after`: how many tests of the sample there were before, where it is no well of a layout."""

    channel: int
    sample: str
    after: int = 0


@dataclass(slots=True)
class Runs:
    """The runs of one tester. `ask` asks the station's agent; `item` is what the tester tests for.

    `is_awaited`: somebody is about to lay out a run, or has. `must_fail`: the first test of the next run fails."""

    ask: Callable[..., Any]
    device: str
    item: str
    is_awaited: bool = False
    must_fail: bool = False
    _wanted: list[Turn] = field(default_factory=list)
    _since: float = 0.0
    _looked_at: float = float("-inf")
    _done: set[Turn] = field(default_factory=set)

    def due(self, now: float) -> list[Turn]:
        """Return the tests that are to be made now, each once."""
        if now - self._looked_at < _LOOK_S:
            return []
        self._looked_at = now
        try:
            wanted = self._look()
        except (AgentAwayError, AskRefusedError) as exc:
            log.debug("demo_run_not_read", reason=str(exc))
            return []
        self._done &= set(wanted)  # the same well may be laid out again
        left = [turn for turn in wanted if turn not in self._done]
        if left != self._wanted:
            self._wanted, self._since = left, now
        patience_s = RETEST_S if left and left[0].after else QUIET_S
        if not left or now - self._since < patience_s:
            return []
        self._done |= set(left)
        return left

    def _look(self) -> list[Turn]:
        """Return the wells that wait, else the second test that waits. Raises AgentAwayError, AskRefusedError."""
        layout = self.ask("layout", device=self.device)
        waiting = [row for row in self.ask("samples", waiting=True, limit=50) if self.item in row["awaited"]]
        fresh = [Turn(well["channel"], well["sample"]) for well in layout if not well["is_used"]]
        self.is_awaited = bool(fresh or waiting)
        if fresh or len(waiting) != 1 or not waiting[0]["tests"]:
            return fresh
        laid = {well["channel"] for well in layout}
        free = next((channel for channel in range(1, _WELLS + 1) if channel not in laid), _WELLS)
        return [Turn(free, waiting[0]["key"], waiting[0]["tests"])]
