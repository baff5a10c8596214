"""Failed tests as cases: the first test of a sample and an item, the second ones, and what people did about them.

    failed -> seen -> retest (the sample waits again) -> held -> handed over -> objected, or the time for it is over

None of the steps must be taken, and none waits for another: they say what was done, by whom and when. Nothing is
overwritten. From `handed_over` on the vendor's time for an objection runs, by the wall clock."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from edge.samples import listing
from edge.samples.asked import Handle
from edge.samples.errors import Reason, RefusedError
from edge.spool.file import Connection, milliseconds
from edge.spool.rows import Draft
from edge.spool.spool import Append, Spool
from process.language import t
from wire.kinds.handling import HandlingV1
from wire.terms import HandlingStep, Lane, Verdict

# The stall may object within so many hours (docs/edge.md, "What follows a failed test").
OBJECTION = timedelta(hours=4)
_SHOWN = timedelta(days=3)
_MOST = 100
_KNOWN = "SELECT result FROM handling WHERE request = ?"
_RESULT = """
SELECT tested.verdict, tested.item, tested.sample, coalesce(sample.number, '')
FROM tested LEFT JOIN sample ON sample.key = tested.sample WHERE id = ?
"""
_ADD = "INSERT INTO handling (request, result, step, data, at_ms, event) VALUES (?, ?, ?, ?, ?, ?)"
_AWAIT_AGAIN = "INSERT OR IGNORE INTO awaited (item, sample) VALUES (?, ?)"
_AWAITS = "SELECT 1 FROM awaited WHERE item = ? AND sample = ?"
_FAILED = "SELECT id FROM tested WHERE verdict = 'fail' AND recorded_ms >= ? ORDER BY number DESC LIMIT ?"
_UNSEEN = """
SELECT 1 FROM tested WHERE verdict = 'fail' AND recorded_ms >= ?
AND NOT EXISTS (SELECT 1 FROM handling WHERE handling.result = tested.id AND step = 'seen') LIMIT 1
"""
_ITS_TESTS = "SELECT id FROM tested WHERE sample = ? AND item = ? ORDER BY number"
_STEPS = "SELECT step, data, at_ms FROM handling WHERE result = ? ORDER BY at_ms, event"


def handle(spool: Spool, asked: Handle, source: str, now: datetime) -> dict[str, Any]:
    """Record a step about a failed test, and return its case. The same request again: the case. Raises RefusedError."""

    def work(connection: Connection, append: Append) -> dict[str, Any]:
        found = connection.execute(_RESULT, (str(asked.result),)).fetchone()
        if found is None:
            raise RefusedError(Reason.UNKNOWN_RESULT, t("there is no such result", "没有该检测结果"))
        verdict, item, sample, number = found
        if verdict == Verdict.PASS.value:
            raise RefusedError(Reason.BAD_REQUEST, t("this test did not fail", "该检测结果不是不合格"))
        if connection.execute(_KNOWN, (str(asked.request),)).fetchone() is None:
            data = HandlingV1.model_validate(
                {**_said(asked, now), "result": asked.result, "sample": sample, "number": number, "step": asked.step}
            )
            recorded = append(Draft(data, source, Lane.NORMAL))
            shown = data.model_dump_json(exclude_defaults=True)
            values = (str(asked.request), str(asked.result), asked.step.value, shown)
            connection.execute(_ADD, (*values, milliseconds(recorded.recorded_at), recorded.number))
            if asked.step is HandlingStep.RETEST and sample:
                connection.execute(_AWAIT_AGAIN, (item, sample))
        return _case(connection, _first(connection, str(asked.result)))

    return spool.transact(work)


def cases(spool: Spool, now: datetime) -> list[dict[str, Any]]:
    """Return the failed tests of the last days, the newest first, each with what follows it."""

    def query(connection: Connection) -> list[dict[str, Any]]:
        rows = connection.execute(_FAILED, (milliseconds(now - _SHOWN), _MOST)).fetchall()
        firsts = dict.fromkeys(_first(connection, row[0]) for row in rows)
        return [_case(connection, first) for first in firsts]

    return spool.look(query)


def has_unseen(spool: Spool, now: datetime) -> bool:
    """Tell whether there is a failed test of the last days that nobody has seen."""
    values = (milliseconds(now - _SHOWN),)
    return spool.look(lambda connection: connection.execute(_UNSEEN, values).fetchone() is not None)


def _said(asked: Handle, now: datetime) -> Mapping[str, Any]:
    said = {name: value for name in ("to", "note", "photo", "who") if (value := getattr(asked, name))}
    done_at = asked.done_at or now
    if asked.step is HandlingStep.HANDED_OVER:
        return {**said, "done_at": done_at, "until": done_at + OBJECTION}
    return {**said, "done_at": done_at}


def _tests(connection: Connection, result: str) -> list[str]:
    """Return all tests of the result's sample for its item, in their order; of a result without a sample itself."""
    _, item, sample, _ = connection.execute(_RESULT, (result,)).fetchone()
    if sample is None:
        return [result]
    return [row[0] for row in connection.execute(_ITS_TESTS, (sample, item))]


def _first(connection: Connection, result: str) -> str:
    """Return the first test of a case that did not pass."""
    for one in _tests(connection, result):
        if connection.execute(_RESULT, (one,)).fetchone()[0] != Verdict.PASS.value:
            return one
    return result


def _case(connection: Connection, first: str) -> dict[str, Any]:
    tests = _tests(connection, first)
    rows = [listing.result(connection, one) for one in tests[tests.index(first) :]]
    steps = [step for row in rows for step in _steps(connection, row["id"])]
    seen = {step["result"] for step in steps if step["step"] == HandlingStep.SEEN.value}
    handed = [step for step in steps if step["step"] == HandlingStep.HANDED_OVER.value]
    sample, item = rows[0]["sample"], rows[0]["item"]
    return {
        "id": first,
        "result": rows[0],
        "retests": rows[1:],
        "steps": sorted(steps, key=lambda step: step["recorded_at"]),
        "unseen": [row["id"] for row in rows if row["verdict"] == Verdict.FAIL.value and row["id"] not in seen],
        "awaits_retest": bool(sample) and connection.execute(_AWAITS, (item, sample)).fetchone() is not None,
        "until": handed[-1].get("until") if handed else None,
    }


def _steps(connection: Connection, result: str) -> list[dict[str, Any]]:
    return [
        {
            **json.loads(data),
            "step": step,
            "recorded_at": datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds"),
        }
        for step, data, at in connection.execute(_STEPS, (result,))
    ]
