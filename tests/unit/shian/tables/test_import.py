"""Tables of a district out of files: all mistakes by row, nothing half done, history and deed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from shian.failures import CannotError
from shian.tables import cli
from shian.tables.files import write_file
from storage import four_eyes
from storage.stations import Station, enrol
from tests.support.desk import Desk
from tests.support.station import result

Run = Callable[..., Result]


@pytest.fixture
def run(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))

    def run(noun: str, *arguments: str) -> Result:
        return CliRunner().invoke(getattr(cli, noun), [*arguments, "--dsn", dsn])

    return run


def csv_file(path: Path, *rows: Sequence[str], encoding: str = "utf-8") -> str:
    path.write_bytes("\n".join(",".join(row) for row in rows).encode(encoding))
    return str(path)


def table(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


FOODS = (
    ("code", "parent", "name", "aliases"),
    ("veg", "", "蔬菜", ""),
    ("leek", "veg", "韭菜", "起阳草、壮阳草"),
)


def test_a_file_is_taken_in_with_its_history_and_a_deed(run: Run, dsn: str, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "foods.csv", *FOODS)
    done = run("foods", "import", file)
    assert "2 new, 0 changed, 0 ended, 0 the same" in done.output, done.output
    rows = table(dsn, "SELECT code, parent, aliases, pinyin FROM food ORDER BY code")
    assert rows[0][:3] == ("leek", "veg", "起阳草\n壮阳草")
    assert {"jiucai", "jc", "qiyangcao"} <= set(rows[0][3].split())
    assert table(dsn, "SELECT noun, code, before, after ->> 'name' FROM district_change ORDER BY code") == [
        ("foods", "leek", None, "韭菜"),
        ("foods", "veg", None, "蔬菜"),
    ]
    ((subject, facts),) = table(dsn, "SELECT subject, facts::jsonb FROM deed WHERE action = 'table_imported'")
    assert (subject, facts["file"], facts["added"]) == ("foods", "foods.csv", 2)
    assert "0 new, 0 changed, 0 ended, 2 the same" in run("foods", "import", file).output
    assert len(table(dsn, "SELECT 1 FROM deed WHERE action = 'table_imported'")) == 1


def test_all_mistakes_are_named_by_row_and_nothing_is_imported(run: Run, dsn: str, tmp_path: Path) -> None:
    file = csv_file(
        tmp_path / "tasks.csv",
        ("代码", "检测点", "批次数", "开始日期", "结束日期"),
        ("a", "market-1", "3", "2026-11-01", "2026年11月30日"),
        ("b", "nowhere", "3", "2026-11-01", "2026-11-30"),
        ("c", "", "many", "2026-13-01", "2026-11-30"),
        ("a", "", "1", "2026-11-01", "2026-11-30"),
        ("d", "", "1", "2026-11-05", "2026-11-01"),
        ("", "", "1", "2026-11-05", "2026-11-06"),
    )
    done = run("tasks", "import", file)
    assert isinstance(done.exception, CannotError)
    said = done.output + done.stderr
    for expected in ("row 3, station", "row 4, samples", "row 4, first day", "row 5, code", "row 6", "row 7, code"):
        assert expected in said, said
    assert "row 2, " not in said
    assert table(dsn, "SELECT 1 FROM sampling_task UNION ALL SELECT 1 FROM district_change") == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((("code", "colour"), ("a", "red")), "there is no such column"),
        ((("code",), ("a",)), "the column is missing"),
        ((("code", "name", "name"), ("a", "b", "c")), "twice"),
        ((("code", "name", "parent"), ("a", "b", "c")), "there is no food c"),
        ((("code", "name", "parent"), ("a", "b", "d"), ("d", "e", "a")), "below itself"),
    ],
)
def test_a_file_of_another_shape_is_refused(run: Run, tmp_path: Path, rows: Any, expected: str) -> None:
    done = run("foods", "import", csv_file(tmp_path / "f.csv", *rows))
    assert expected in done.output + done.stderr
    assert isinstance(done.exception, CannotError)


def test_a_change_is_shown_before_and_after_it_is_made(run: Run, dsn: str, tmp_path: Path) -> None:
    head = ("code", "name", "stall", "station")
    run("businesses", "import", csv_file(tmp_path / "b.csv", head, ("1", "东门", "A-1", ""), ("2", "西门", "A-2", "")))
    changed = csv_file(tmp_path / "b.csv", head, ("1", "东门", "B-1", "market-1"), encoding="gb18030")
    said = json.loads(run("businesses", "diff", changed, "--json", "--all").output)
    assert (said["added"], said["ended"], said["same"]) == ([], ["2"], 0)
    assert said["changed"]["1"]["after"]["stall"] == "B-1"
    assert table(dsn, "SELECT stall FROM business WHERE code = '1'") == [("A-1",)]
    assert "0 new, 1 changed, 1 ended, 0 the same" in run("businesses", "import", changed, "--all").output
    rows = table(dsn, "SELECT code, stall, station, ended_on IS NULL FROM business ORDER BY code")
    assert rows == [("1", "B-1", "market-1", True), ("2", "A-2", "", False)]


def test_what_is_exported_is_imported_again_without_a_change(run: Run, tmp_path: Path) -> None:
    run("foods", "import", csv_file(tmp_path / "f.csv", *FOODS))
    for name in ("out.csv", "out.xlsx"):
        assert "2 rows" in run("foods", "export", str(tmp_path / name)).output
        assert "0 new, 0 changed, 0 ended, 2 the same" in run("foods", "diff", str(tmp_path / name)).output
    assert "limit" not in run("limits", "export", str(tmp_path / "l.xlsx")).output.partition("rows")[0]
    assert "0 new, 0 changed, 0 ended" in run("limits", "diff", str(tmp_path / "l.xlsx")).output
    assert "jiucai" not in run("foods", "list", "jiucai").output  # found by it, and not shown
    assert "韭菜" in run("foods", "list", "jiucai").output


def test_a_limit_that_has_judged_ends_and_is_never_edited(desk: Desk, run: Run, dsn: str, tmp_path: Path) -> None:
    station = desk.station("market-2")
    desk.take(station.topic, station.add(result(60.0)))
    run("limits", "export", str(tmp_path / "l.csv"))
    text = (tmp_path / "l.csv").read_text("utf-8-sig")
    (tmp_path / "edited.csv").write_text(text.replace(",50.0,", ",40.0,"))
    done = run("limits", "import", str(tmp_path / "edited.csv"))
    assert "it has judged results" in done.output + done.stderr
    head = ("code", "item", "standard", "comparison", "value", "unit", "valid_from", "valid_to")
    old = ("pesticide-inhibition-5009.199", "pesticide_inhibition", "GB/T 5009.199", ">=", "50", "%", "2003-08-11")
    new = ("own-1", "pesticide_inhibition", "GB/T 5009.199", "≥", "40", "%", "2026-12-01", "")
    file = csv_file(tmp_path / "new.csv", head, (*old, "2026-12-01"), new)
    for action in ("limit_added", "limit_ended"):
        four_eyes_are(dsn, action, is_on=False)
    assert "1 new, 1 changed" in run("limits", "import", file).output
    assert table(dsn, "SELECT action, code FROM analyte_limit_history WHERE version > 1 ORDER BY code") == [
        ("insert", "own-1"),
        ("update", "pesticide-inhibition-5009.199"),
    ]


HEAD = ("code", "item", "standard", "comparison", "value", "unit", "valid_from", "valid_to")
SHIPPED = ("pesticide-inhibition-5009.199", "pesticide_inhibition", "GB/T 5009.199", ">=", "50", "%", "2003-08-11")
NEW = ("own-1", "pesticide_inhibition", "GB/T 5009.199", ">=", "40", "%", "2026-12-01", "")


@pytest.mark.parametrize(
    ("rows", "actions"),
    [
        ((NEW,), ["limit_added"]),
        (((*SHIPPED[:4], "40", *SHIPPED[5:], ""),), ["limit_added"]),
        (((*SHIPPED, "2026-12-01"),), ["limit_ended"]),
        (((*SHIPPED, "2026-12-01"), NEW), ["limit_added", "limit_ended"]),
    ],
)
def test_limits_that_need_a_second_account_are_not_imported_and_the_way_is_named(
    run: Run, dsn: str, tmp_path: Path, rows: Sequence[Sequence[str]], actions: list[str]
) -> None:
    file = csv_file(tmp_path / "limits.csv", HEAD, *rows)
    for action in ("limit_added", "limit_ended"):
        four_eyes_are(dsn, action, is_on=action in actions)
    before = table(dsn, "SELECT * FROM analyte_limit ORDER BY code")
    done = run("limits", "import", file)
    assert isinstance(done.exception, CannotError), done.output
    said = str(done.exception)
    assert "second account" in said
    assert f"shian four-eyes {' '.join(f'--off {action}' for action in actions)}" in said
    assert "/limits" in said
    assert table(dsn, "SELECT * FROM analyte_limit ORDER BY code") == before
    assert table(dsn, "SELECT * FROM district_change") == []
    assert "changed" in run("limits", "diff", file).output  # to look needs nobody
    for action in actions:
        four_eyes_are(dsn, action, is_on=False)
    done = run("limits", "import", file)
    assert done.exit_code == 0, done.output
    assert len(table(dsn, "SELECT * FROM district_change")) == len(rows)


def test_an_end_of_the_whole_table_and_what_is_the_same_follow_the_same_rule(
    run: Run, dsn: str, tmp_path: Path
) -> None:
    four_eyes_are(dsn, "limit_added", is_on=False)
    run("limits", "export", str(tmp_path / "all.csv"))
    assert "0 new, 0 changed" in run("limits", "import", str(tmp_path / "all.csv"), "--all").output
    lines = (tmp_path / "all.csv").read_text("utf-8").splitlines()
    (tmp_path / "fewer.csv").write_text("\n".join(lines[:-1]), "utf-8")
    done = run("limits", "import", str(tmp_path / "fewer.csv"), "--all")
    assert "--off limit_ended" in str(done.exception)
    assert "1 new" in run("foods", "import", csv_file(tmp_path / "f.csv", ("code", "name"), ("leek", "韭菜"))).output


def four_eyes_are(dsn: str, action: str, *, is_on: bool) -> None:
    with psycopg.connect(dsn) as connection:
        four_eyes.change(connection, action, is_on=is_on, actor="test")


def test_twenty_thousand_rows_of_a_spreadsheet_are_read_as_they_were_typed(run: Run, dsn: str, tmp_path: Path) -> None:
    rows = [(f"{number:06d}", "market-1", f"经营户{number}", f"A-{number}") for number in range(2_000)]
    write_file(tmp_path / "b.xlsx", ("code", "station", "name", "stall"), rows)
    assert "2000 new" in run("businesses", "import", str(tmp_path / "b.xlsx")).output
    assert table(dsn, "SELECT stall FROM business WHERE code = '000017'") == [("A-17",)]
    book = xlsxwriter.Workbook(tmp_path / "n.xlsx")
    sheet = book.add_worksheet()
    for line, cells in enumerate([("code", "name", "stall"), (7, "x", 12.0), ("8", "y", 1.5)]):
        sheet.write_row(line, 0, cells)
    book.close()
    assert "2 new" in run("businesses", "import", str(tmp_path / "n.xlsx")).output
    assert table(dsn, "SELECT stall FROM business WHERE code IN ('7', '8') ORDER BY code") == [("12",), ("1.5",)]


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"PK\3\4 no book", b'code,name\n"a,b'])
def test_what_is_no_table_is_refused(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    done = run("foods", "import", str(tmp_path / "f.csv"))
    assert isinstance(done.exception, CannotError), done.output
