"""Tables of a district: 20,000 rows out of a spreadsheet, and a search among 5,000 businesses and 3,000 foods.

./dev bench tables"""

import argparse
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from edge.down.search import Index
from shian.tables.files import read_file, write_file
from shian.tables.sheet import read
from shian.tables.sheets import BUSINESSES, spelled
from shian.tables.store import apply, compare, rows_of
from storage.migrate import migrate
from tests.support import services
from wire.down import Business, Down, Food

_NAMES = "东西南北门市场蔬菜水果鲜肉水产干货粮油豆制品调料副食批发零售"


def name(number: int) -> str:
    return "".join(_NAMES[(number * place + place) % len(_NAMES)] for place in (3, 7, 11, 13)) + "店"


def imported(folder: Path, dsn: str, rows: int) -> float:
    """Return the seconds in which a spreadsheet is taken in."""
    path = folder / "businesses.xlsx"
    write_file(path, ("code", "name", "stall"), [(f"{n:06d}", name(n), f"A-{n}") for n in range(rows)])
    began = time.perf_counter()
    with psycopg.connect(dsn) as connection:
        headings, lines, content = read_file(path)
        found, mistakes = read(BUSINESSES, headings, lines)
        assert not mistakes
        there = rows_of(connection, BUSINESSES)
        difference, _ = compare(BUSINESSES, there, found, is_all=False, today=date(2026, 11, 29))
        apply(connection, BUSINESSES, difference, file=path.name, content=content)
    return time.perf_counter() - began


def searched() -> list[float]:
    """Return the seconds of searches."""
    foods = tuple(Food(code=f"f{n}", name=name(n), pinyin=spelled(name(n))) for n in range(3000))
    businesses = tuple(
        Business(code=f"b{n}", name=name(n), stall=f"A-{n}", pinyin=spelled(name(n))) for n in range(5000)
    )
    document = Down(
        format="shian.down.v1",
        station="m1",
        version=1,
        made_at=datetime.now(UTC),
        limits_version="1",
        foods=foods,
        businesses=businesses,
    )
    index, took = Index.of(document), []
    for text in ("东", "dm", "shucai", "a-4999", "nothing", "店") * 20:
        began = time.perf_counter()
        index.find_foods(text, 20)
        index.find_businesses(text, 20)
        took.append(time.perf_counter() - began)
    return took


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with services.postgres() as server, services.database(server) as dsn, tempfile.TemporaryDirectory() as folder:
        migrate(dsn, roles=services.ROLES)
        print(f"20,000 rows of XLSX imported in {imported(Path(folder), dsn, 20_000):.1f} s")
    took = sorted(searched())
    print(
        f"5,000 businesses and 3,000 foods searched: median {statistics.median(took) * 1000:.1f} ms,"
        f" longest {took[-1] * 1000:.1f} ms"
    )


if __name__ == "__main__":
    main()
