"""Today's tests as rows of the board. Pure.

A row is a food at a stall. It never says that a test failed: where the newest test of an item did not pass, the row is
`retesting` while a second test waits. After that, or where that word is not allowed, it is not shown at all as long as
others are called `passed` - "tested" beside "passed" would say it too. The same holds of what other stations found of
the same lot."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from edge.screen.board.settings import Word
from wire.terms import Verdict

_ELSEWHERE = 2


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another station's word about a lot of the row."""

    title: str
    title_en: str
    word: Word
    day: str


@dataclass(frozen=True, slots=True)
class Row:
    """A food at a stall with its public word, and when it was tested last."""

    stall: str
    food: str
    word: Word
    at: str
    elsewhere: tuple[Elsewhere, ...] = ()


def rows_of(
    results: Iterable[dict[str, Any]],
    waiting: Iterable[dict[str, Any]],
    words: Collection[Word],
    zone: ZoneInfo,
    *,
    lots: Iterable[dict[str, Any]] = (),
    with_stalls: bool = True,
) -> list[Row]:
    """Return the rows, the last tested first. `results`: today's, the newest first; `waiting`: samples that wait;
    `lots`: what other stations found, as it came down, the newest first."""
    awaited = {(sample["key"], item) for sample in waiting for item in sample["awaited"]}
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for result in results:
        if result["sample"] and result["commodity"]:
            newest.setdefault((result["sample"], result["item"]), result)
    groups: dict[tuple[str, str], list[tuple[bool, bool, str]]] = defaultdict(list)
    goods: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for key, result in newest.items():
        has_passed = result["verdict"] == Verdict.PASS.value
        place = result["stall"] if with_stalls else ""
        groups[place, result["commodity"]].append((has_passed, key in awaited, result["recorded_at"]))
        goods[place, result["commodity"]].append(result)
    known, rows = list(lots), []
    for (stall, food), tests in groups.items():
        word = _word([(has_passed, waits) for has_passed, waits, _ in tests], words)
        if word:
            at = max(datetime.fromisoformat(at) for _, _, at in tests).astimezone(zone)
            others = _elsewhere(goods[stall, food], known, words)
            rows.append((at, Row(stall, food, word, at.strftime("%H:%M"), others)))
    return [row for _, row in sorted(rows, key=lambda entry: entry[0], reverse=True)]


def _word(tests: list[tuple[bool, bool]], words: Collection[Word]) -> Word | None:
    """Return what may be said of some tests (passed, waits for a second one) together; None: nothing."""
    if all(has_passed for has_passed, _ in tests) and "passed" in words:
        return "passed"
    failed = [waits for has_passed, waits in tests if not has_passed]
    if failed and all(failed) and "retesting" in words:
        return "retesting"
    return "tested" if "tested" in words and "passed" not in words else None


def _elsewhere(
    goods: Iterable[dict[str, Any]], lots: Iterable[dict[str, Any]], words: Collection[Word]
) -> tuple[Elsewhere, ...]:
    """Return what may be said of other stations' tests of the lots of these goods, the newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    goods = list(goods)
    for lot in lots:
        if any(_is_of(one, lot) for one in goods):
            found.setdefault(lot["station"], []).append(lot)
    said = []
    for station, its in found.items():
        word = _word([(lot["word"] == "passed", lot["word"] == "retesting") for lot in its], words)
        if word:
            title, title_en = its[0]["title"] or station, its[0]["title_en"]
            said.append(Elsewhere(title, title_en or title, word, its[0]["last_day"]))
    return tuple(said[:_ELSEWHERE])


def _is_of(result: dict[str, Any], lot: dict[str, Any]) -> bool:
    """Tell whether a result is of a lot: of two suppliers each may call one of theirs the same."""
    suppliers = {result.get("supplier", ""), lot["supplier"]} - {""}
    is_named = bool(result.get("lot")) and result["lot"] == lot["lot"]
    return is_named and result["commodity"] == lot["food"] and len(suppliers) < 2
