"""Daily counts of what is newly stored: a duplicate counts nothing twice. Controls and blanks count nowhere."""

from collections import Counter
from typing import Any

from ingest.work import Work
from storage.named import queries

_SQL = queries("ingest")


def samples(work: Work) -> None:
    """Each sample of a day once, and whether one of its tests failed."""
    found: dict[tuple[Any, ...], bool] = {}
    for it in work.judged:
        if it.is_sample:
            key = (it.day, it.station, it.sample)
            found[key] = found.get(key, False) or it.verdict.value == "fail"
    if found:
        keys = sorted(found)
        values = _columns(keys, ("day", "station", "sample"))
        work.cursor.execute(_SQL["count_samples"], values | {"is_failed": [found[key] for key in keys]})


def tests(work: Work) -> None:
    """By day, station, item and verdict."""
    found = Counter((it.day, it.station, it.event.data.item, it.verdict.value) for it in work.judged if it.is_sample)
    if found:
        keys = sorted(found)
        values = _columns(keys, ("day", "station", "item", "verdict"))
        work.cursor.execute(_SQL["count_tests"], values | {"tests": [found[key] for key in keys]})


def _columns(keys: list[tuple[Any, ...]], names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: [key[at] for key in keys] for at, name in enumerate(names)}
