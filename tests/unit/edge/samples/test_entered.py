"""Results that were typed or imported: marked for ever, and never twice."""

import struct
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from edge.samples.asked import ImportResults, Results, TypeResult
from edge.samples.errors import Reason, RefusedError
from edge.samples.importing import ProfileError, read_profile, rows_of
from edge.samples.tables import Table
from process.tabular import TableError, read_table
from tests.unit.edge.samples.conftest import ITEM, Station
from wire.kinds.result import ResultV1
from wire.receipts import Receipt
from wire.terms import LinkRule, Origin, Verdict
from wire.verdicts import LimitTable, shipped_limits

TABLE = Table("7", LimitTable(shipped_limits()))
ZONE = ZoneInfo("Asia/Shanghai")
HEADINGS = (
    "记录号",
    "样品编号",
    "样品名称",
    "摊位",
    "经营户",
    "检测项目",
    "检测值",
    "单位",
    "结论",
    "检测依据",
    "检测时间",
    "检测员",
    "仪器编号",
)


def rows(count: int) -> list[tuple[str, ...]]:
    return [
        (str(n), f"S{n}", "韭菜", "A-1", "", "农药残留", f"{n}.5", "%", "合格", "", "2026-01-09 08:00:00", "w", "d1")
        for n in range(count)
    ]


def csv_file(path: Path, lines: list[tuple[str, ...]]) -> Path:
    path.write_text("\n".join(",".join(line) for line in (HEADINGS, *lines)), "gb18030")
    return path


def dbf_file(path: Path, lines: list[tuple[str, ...]], *, cut: int = 0) -> Path:
    """Write what a FoxPro program would."""
    names = [heading.encode("gb18030")[:10] for heading in HEADINGS]
    fields = b"".join(name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([30, 0]) + bytes(14) for name in names)
    record = 1 + 30 * len(names)
    head = bytes([3, 126, 1, 9]) + struct.pack("<IHH", len(lines), 32 + len(fields) + 1, record) + bytes(20)
    body = b"".join(b" " + b"".join(cell.encode("gb18030").ljust(30) for cell in line) for line in lines)
    path.write_bytes((head + fields + b"\r" + body)[: -cut or None])
    return path


def xlsx_file(path: Path, lines: list[tuple[str, ...]]) -> Path:
    """Write a spreadsheet with numbers as numbers, as programs do."""
    with xlsxwriter.Workbook(path.with_suffix(".xlsx")) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([HEADINGS, *lines]):
            for place, text in enumerate(line):
                is_number = number and HEADINGS[place] in ("检测值",)
                sheet.write(number, place, float(text) if is_number else text)
    return path.with_suffix(".xlsx")


def read(path: Path) -> Any:
    headings, lines, _ = read_table(path)
    return rows_of(read_profile("example"), headings, lines, ZONE)


def brought(station: Station, path: Path) -> tuple[int, int]:
    found, bad = read(path)
    assert bad == []
    answers = [
        station.book.import_results(station.spool, ImportResults(profile="example", rows=found[at : at + 50]), TABLE)
        for at in range(0, len(found), 50)
    ]
    return sum(answer["recorded"] for answer in answers), sum(answer["known"] for answer in answers)


@pytest.mark.parametrize("write", [csv_file, dbf_file, xlsx_file])
def test_a_file_that_ended_in_the_middle_twice_makes_each_test_once(
    station: Station, tmp_path: Path, write: Any
) -> None:
    assert brought(station, write(tmp_path / "a", rows(60))) == (60, 0)
    assert brought(station, write(tmp_path / "a", rows(80))) == (20, 60)
    station.restart()
    assert brought(station, write(tmp_path / "a", rows(120))) == (40, 80)
    results = [event.data for event in station.events() if isinstance(event.data, ResultV1)]
    assert len({result.identity for result in results}) == len(results) == 120
    assert {result.origin for result in results} == {Origin.IMPORTED}
    first = results[0]
    assert (first.item, first.item_name, first.value, first.sample.stall, first.device_verdict) == (
        ITEM,
        "农药残留",
        0.5,
        "A-1",
        Verdict.PASS,
    )
    assert first.measured_at is not None
    assert first.measured_at.astimezone(ZONE).hour == 8
    # A value above the limit fails whatever the file says, and goes first.
    assert results[60].value == 60.5
    assert station.book.results(station.spool, Results(limit=200))[59]["verdict"] == "fail"


def test_a_years_file_is_known_also_when_its_first_rows_were_pruned_long_ago(station: Station, tmp_path: Path) -> None:
    """Import again what a program keeps writing to: rows of months ago stand in it, too."""
    asked = TypeResult(request=uuid4(), item="clenbuterol", verdict=Verdict.PASS, who="w")
    station.book.type_result(station.spool, asked, TABLE)
    assert brought(station, csv_file(tmp_path / "a", rows(60))) == (60, 0)
    through = station.spool.counts().sequence
    station.spool.apply([Receipt(stream=station.spool.stream, through=through)])
    station.turned.forward(days=100)
    station.spool.prune(timedelta(days=90), timedelta(days=3650))
    assert station.book.results(station.spool, Results(limit=200)) == []
    assert brought(station, csv_file(tmp_path / "a", rows(80))) == (20, 60)
    with pytest.raises(RefusedError) as refused:
        station.book.type_result(station.spool, asked, TABLE)
    assert refused.value.reason is Reason.UNKNOWN_RESULT


def test_a_dbf_that_is_cut_is_refused_and_bad_rows_are_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"middle|不完整"):
        read(dbf_file(tmp_path / "a.dbf", rows(3), cut=40))
    lines = rows(3)
    lines[1] = (*lines[1][:8], "差不多", *lines[1][9:])
    lines[2] = (*lines[2][:10], "昨天", *lines[2][11:])
    found, bad = read(csv_file(tmp_path / "a.csv", lines))
    assert (len(found), [row.number for row in bad]) == (1, [3, 4])
    (tmp_path / "b.csv").write_text("记录号,检测项目\n1,甲醛")
    with pytest.raises(ProfileError):
        read(tmp_path / "b.csv")


def test_a_card_that_was_read_by_eye_is_marked_for_ever_and_recorded_once(station: Station) -> None:
    sample = station.register(commodity="韭菜", stall="A-12", items=("clenbuterol",))
    asked = TypeResult(
        request=uuid4(),
        sample=sample.number,
        item="clenbuterol",
        verdict=Verdict.FAIL,
        photo="ab" * 32,
        who="w",
        second="z",
    )
    rows = [station.book.type_result(station.spool, asked, TABLE) for _ in range(2)]
    assert [row["is_new"] for row in rows] == [True, False]
    result, link = (event.data for event in station.events()[1:])
    assert isinstance(result, ResultV1)
    assert (result.origin, result.operator, result.second, result.photo) == (Origin.TYPED, "w", "z", "ab" * 32)
    assert (result.sample.stall, result.sample.key) == ("A-12", sample.key)
    assert link == station.links()[0]
    assert (link.rule, link.who, link.sample) == (LinkRule.PERSON, "w", sample.key)
    assert (rows[0]["verdict"], rows[0]["origin"], rows[0]["sample_number"]) == ("fail", "typed", sample.number)
