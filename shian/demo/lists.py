"""The lists that come down to the demo's stations: its foods, and the stalls of each market with a screen."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg

from process.connections import DISTRICT_ZONE
from shian.demo.district import District
from shian.tables.sheet import Sheet, read
from shian.tables.sheets import BUSINESSES, FOODS
from shian.tables.store import apply, compare, rows_of

_ROWS = "ABC"
_STALLS = 40
Connection = psycopg.Connection[tuple[object, ...]]


def take_in(connection: Connection, district: District) -> None:
    """Take the lists in, where they are not there yet."""
    _import(connection, FOODS, ("code", "name"), _foods(district))
    if any(station.has_screen for station in district.station):
        _import(connection, BUSINESSES, ("code", "station", "name", "stall"), _stalls(district))


def _foods(district: District) -> Iterator[tuple[str, ...]]:
    tests = (test for station in district.station for device in station.device for test in device.tests)
    names = dict.fromkeys(name for test in tests for name in test.commodities if name)
    return ((f"demo-{number}", name) for number, name in enumerate(names, 1))


def _stalls(district: District) -> Iterator[tuple[str, ...]]:
    for station in district.station:
        if station.has_screen:
            for stall in (f"{row}-{number}" for row in _ROWS for number in range(1, _STALLS + 1)):
                yield f"{station.name}-{stall}".lower(), station.name, f"{stall} 号摊", stall


def _import(connection: Connection, sheet: Sheet, columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    found, mistakes = read(sheet, columns, enumerate(rows, 2))
    assert not mistakes, mistakes
    today = datetime.now(ZoneInfo(DISTRICT_ZONE)).date()
    difference, mistakes = compare(sheet, rows_of(connection, sheet), found, is_all=False, today=today)
    assert not mistakes, mistakes
    if not difference.is_none:
        apply(connection, sheet, difference, file="shian up --demo", content=b"")
    connection.commit()
