"""Results judged by the limits of the time when they came, for those that are projected later."""

from datetime import datetime

from ingest.verdict import Judged, judged
from storage.limits import Judge
from wire.clocks import Moment
from wire.kinds.result import ResultEvent


class History:
    """The limit table of any time, as ingest judges (ingest/verdict.py)."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def __call__(self, event: ResultEvent, station: str, device: str, moment: Moment, received_at: datetime) -> Judged:
        """Judge a result by the table that was in force when it was received."""
        decision, day = self._judge.decided(event, moment, received_at)
        return judged(event, station, device, moment, day=day, decision=decision)
