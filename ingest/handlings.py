"""Steps that people at the stations took about failed tests: steps of the alerts of those tests.

A failed test overtakes what was done about it, and now and then it is the other way round: so both a new handling and a
new result look for the other one. A step is written once for each event."""

from typing import Any

from ingest.work import Work
from storage import alerts
from storage.alerts import Step
from storage.named import queries
from storage.steps import run
from wire.kinds.handling import HandlingEvent
from wire.said import Said
from wire.terms import AlertAction, Verdict

_SQL = queries("handlings")


def tell(work: Work) -> None:
    """Write the steps of people at the stations into alerts that are there. After the alerts were raised."""
    asked = {
        (accepted.station, accepted.event.data.result)
        for accepted in work.effective()
        if isinstance(accepted.event, HandlingEvent)
    }
    for judged in work.judged:
        if judged.is_sample and (judged.verdict is Verdict.FAIL or judged.event.data.is_retest):
            asked.add((judged.station, judged.event.originalid or judged.event.id))
    if not asked:
        return
    stations, results = (list(column) for column in zip(*sorted(asked), strict=True))
    rows = work.cursor.execute(_SQL["untold"], {"stations": stations, "results": results}, binary=True).fetchall()
    if not rows:
        return
    run(work.cursor, alerts.write_steps(work, [_step(row) for row in rows]))
    alerts_of = sorted({row[0] for row in rows})
    work.cursor.execute(_SQL["touch"], {"alerts": alerts_of, "now": work.now}, binary=True)


def _step(row: tuple[Any, ...]) -> Step:
    alert, event, step, who, to, done_at, until, note = row
    said = Said(
        f"station_{step}",
        who=who,
        to=to,
        at=done_at.isoformat() if done_at else "",
        until=until.isoformat() if until else "",
        note=note,
    )
    return Step(alert, AlertAction.HANDLED, said, event)
