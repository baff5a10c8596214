"""Daily counts of what is newly stored: a duplicate counts nothing twice. Controls and blanks count nowhere."""

from collections import Counter
from typing import Any

from ingest.work import Work
from storage.named import queries

_SQL = queries("ingest")


def samples(work: Work) -> None:
    """Count each sample of a day once, and whether one of its tests failed. Fills work.sampled."""
    found: dict[tuple[Any, ...], bool] = {}
    for result in work.judged:
        if result.is_sample:
            key = (result.day, result.station, result.sample)
            found[key] = found.get(key, False) or result.verdict.value == "fail"
    if found:
        keys = sorted(found)
        values = _columns(keys, ("day", "station", "sample"))
        rows = work.cursor.execute(_SQL["count_samples"], values | {"is_failed": [found[key] for key in keys]})
        for day, station, is_new, is_failed in rows:
            samples, failed = work.sampled.get((day, station), (0, 0))
            work.sampled[day, station] = samples + is_new, failed + is_failed


def tests(work: Work) -> None:
    """Count tests by day, station, item and verdict; and the samples of `work.sampled` by day and station."""
    found = Counter(
        (result.day, result.station, result.event.data.item, result.verdict.value)
        for result in work.judged
        if result.is_sample
    )
    if found:
        keys = sorted(found)
        values = _columns(keys, ("day", "station", "item", "verdict"))
        work.cursor.execute(_SQL["count_tests"], values | {"tests": [found[key] for key in keys]})
    if work.sampled:
        places = sorted(work.sampled)
        values = _columns(places, ("day", "station"))
        values["samples"], values["failed"] = map(list, zip(*(work.sampled[key] for key in places), strict=True))
        work.cursor.execute(_SQL["count_stations"], values)


def _columns(keys: list[tuple[Any, ...]], names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: [key[at] for key in keys] for at, name in enumerate(names)}
