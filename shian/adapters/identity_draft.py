"""The identity of a new profile's tests (`[identity]`): taken from the base, or asked where a column may be one.
Whoever does not know gets the weakest: then nothing is folded, and possible repeats are marked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from firmware_adapters.registry import NOTHING_NAMED
from process.language import t
from shian.adapters.dialog import Dialog
from shian.adapters.tally import Candidate
from shian.failures import CannotError
from wire.terms import RecordKind, TimeSource

_GROUP = re.compile(r"\(\?P<(\w+)>")


def identity(
    base: Candidate, settings: Mapping[str, Any], record: str | None, time: str | None, dialog: Dialog
) -> dict[str, str]:
    """Return the table. `record` and `time` are from the command line. Raises CannotError."""
    if base.family.name != "line":
        known = base.profile.identity or base.family.identity
        return {"record": record or known.record.value, "time": time or known.time.value}
    fields = set(_fields(settings))
    found_record, found_time = NOTHING_NAMED.record.value, NOTHING_NAMED.time.value
    if "record" in fields:
        found_record = record or _asked_record(dialog)
    if fields & {"date", "time"}:
        found_time = time or _asked_time(dialog)
    _check(found_record, [kind.value for kind in RecordKind], "--record")
    _check(found_time, [source.value for source in TimeSource], "--time-of")
    return {"record": found_record, "time": found_time}


def _asked_record(dialog: Dialog) -> str:
    return dialog.ask(
        t(
            "the column `record`: running (counts on for the device's life), daily (begins anew each day), in_message",
            "record 列：running（终身递增）、daily（每天重新计数）、in_message（仅为报文内序号）",
        ),
        RecordKind.IN_MESSAGE.value,
    )


def _asked_time(dialog: Dialog) -> str:
    return dialog.ask(
        t(
            "whose time it is: test (when this test was made), day (its date alone), order, message (when it was sent)",
            "时间的含义：test（本次检测时间）、day（仅日期）、order（委托时间）、message（发送时间）",
        ),
        TimeSource.MESSAGE.value,
    )


def _check(said: str, possible: Sequence[str], option: str) -> None:
    if said not in possible:
        names = ", ".join(possible)
        raise CannotError(t(f"{option}: {said!r} is none of {names}", f"{option}：{said!r} 不在可选值之列：{names}"))


def _fields(part: Any) -> Iterator[str]:
    """Yield the names of columns and groups, wherever they stand in the settings."""
    match part:
        case str():
            yield from _GROUP.findall(part)
        case Mapping():
            yield from part.get("columns", ())
            for inner in part.values():
                yield from _fields(inner)
        case Sequence():
            for inner in part:
                yield from _fields(inner)
        case _:
            pass
