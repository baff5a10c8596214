"""The commands of a sheet: list, import, diff, export. One factory for all of them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from process.console import Console
from process.language import t
from process.terminal import complain, say, write_json
from shian.changing import changing
from shian.database_choice import Chosen, ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from shian.tables.files import read_file, write_file
from shian.tables.pins import pin
from shian.tables.sheet import Mistake, Sheet, read
from shian.tables.sheets import SHEETS
from shian.tables.store import Connection, Difference, apply, compare, rows_of, second_account, used_limits
from storage.limits import read_zones

_SHOWN = 50
AllOption = Annotated[
    bool,
    typer.Option(
        "--all", help=t("the file is the whole table: what it lacks ends today", "文件为全表：文件中没有的即日停用")
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help=t("as JSON", "输出 JSON"))]
FileArgument = Annotated[Path, typer.Argument(help=t("CSV or XLSX", "CSV 或 XLSX"))]


def app_of(sheet: Sheet) -> typer.Typer:
    """Build the commands of a sheet."""
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, help=t(f"The district's {sheet.noun}", f"{sheet.what.zh}数据")
    )

    @app.command("list", help=t("Print the table", "列出"))
    def list_rows(
        text: Annotated[str, typer.Argument(help=t("somewhere in a row", "包含的文字"))] = "",
        *,
        json: JsonOption = False,
        dsn: DsnOption = None,
        dsn_file: DsnFileOption = None,
        config: ConfigOption = None,
        data: DataOption = None,
    ) -> None:
        with changing(chosen(dsn, dsn_file, config, data), sheet.noun) as (connection, _):
            rows = rows_of(connection, sheet)
        names = [column.name for column in sheet.columns]
        wanted = [row for row in rows.values() if text in " ".join(str(row[name]) for name in [*names, *sheet.derived])]
        if json:
            write_json([{name: row[name] for name in names} for row in wanted], indent=2, default=str)
            return
        for row in wanted:
            say("  ".join(str(row[name]).replace("\n", "、") for name in names if row[name] not in (None, "", False)))

    @app.command("export", help=t("Write the table into a file", "导出为文件"))
    def export(
        file: FileArgument,
        *,
        dsn: DsnOption = None,
        dsn_file: DsnFileOption = None,
        config: ConfigOption = None,
        data: DataOption = None,
    ) -> None:
        with changing(chosen(dsn, dsn_file, config, data), sheet.noun) as (connection, database):
            rows = rows_of(connection, sheet)
        headings = [t(column.heading.en, column.heading.zh) for column in sheet.columns]
        cells = [[row[column.name] for column in sheet.columns] for row in rows.values()]
        try:
            write_file(file, headings, cells)
        except OSError as exc:
            raise CannotError(f"{file}: {exc.strerror}") from exc
        say(t(f"{len(cells)} rows of {database} in {file}", f"已将 {database} 的 {len(cells)} 行写入 {file}"))

    @app.command("diff", help=t("Show what an import would change", "预览导入的变化"))
    def diff(
        file: FileArgument,
        *,
        is_all: AllOption = False,
        json: JsonOption = False,
        dsn: DsnOption = None,
        dsn_file: DsnFileOption = None,
        config: ConfigOption = None,
        data: DataOption = None,
    ) -> None:
        with changing(chosen(dsn, dsn_file, config, data), sheet.noun) as (connection, _):
            difference, _content = _compared(connection, sheet, file, is_all=is_all)
            connection.rollback()
        _show(difference, json=json)

    @app.command("import", help=t("Take a file in: all of it, or nothing", "导入文件：要么全部，要么不变"))
    def take_in(
        file: FileArgument,
        *,
        is_all: AllOption = False,
        json: JsonOption = False,
        dsn: DsnOption = None,
        dsn_file: DsnFileOption = None,
        config: ConfigOption = None,
        data: DataOption = None,
    ) -> None:
        _import(sheet, file, chosen(dsn, dsn_file, config, data), is_all=is_all, json=json)

    return app


def _import(sheet: Sheet, file: Path, choice: Chosen, *, is_all: bool, json: bool) -> None:
    cannot = t("nothing was imported", "未导入任何内容")
    with changing(choice, cannot) as (connection, database):
        console = Console(stderr=True)
        with console.status(t(f"reading {file}", f"正在读取 {file}")):
            # Two imports at once: the second one sees what the first one made.
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import {sheet.noun}"])
            difference, content = _compared(connection, sheet, file, is_all=is_all)
        _check_alone(connection, sheet, difference)
        if not difference.is_none:
            with console.status(t("writing", "正在写入")):
                apply(connection, sheet, difference, file=file.name, content=content)
        connection.commit()
    _show(difference, json=json)
    if not json:
        say(t(f"in {database}", f"数据库 {database}"))


def _check_alone(connection: Connection, sheet: Sheet, difference: Difference) -> None:
    """Refuse what two accounts decide at the server. Raises CannotError, which names both ways."""
    actions = second_account(connection, sheet, difference)
    if not actions:
        return
    off, on = (" ".join(f"--{way} {action}" for action in actions) for way in ("off", "on"))
    raise CannotError(
        t(
            f"nothing was imported: these changes need a second account ({', '.join(actions)}). Ask for each at the"
            f" server (POST /api/v1/{sheet.noun}), where another account confirms it; or let them need none for this"
            f" import: shian four-eyes {off} --why ..., and afterwards shian four-eyes {on}. Both are in the audit",
            f"未导入任何内容：这些更改须由第二账号复核（{'、'.join(actions)}）。请在服务器上逐条提交"
            f"（POST /api/v1/{sheet.noun}），由另一账号复核；或为本次导入关闭复核：shian four-eyes {off} --why …，"
            f"导入后再执行 shian four-eyes {on}。两次更改均记入审计",
        )
    )


def _compared(connection: Connection, sheet: Sheet, path: Path, *, is_all: bool) -> tuple[Difference, bytes]:
    """Return the difference and the file's bytes. Raises CannotError after all mistakes were named."""
    headings, rows, content = read_file(path)
    found, mistakes = read(sheet, headings, rows)
    there = rows_of(connection, sheet)
    today = datetime.now(ZoneInfo(read_zones(connection)[-1].name)).date()
    used = used_limits(connection) if sheet.table == "analyte_limit" else frozenset()
    difference, more = compare(sheet, there, found, is_all=is_all, today=today, used=used)
    stations = {name for (name,) in connection.execute("SELECT name FROM station")}
    areas = {code for (code,) in connection.execute("SELECT code FROM area")}
    more += strangers(sheet, found, stations, areas)
    if mistakes := mistakes + more:
        for mistake in sorted(mistakes, key=lambda one: one.row):
            complain(str(mistake))
        raise CannotError(
            t(
                f"{path}: {len(mistakes)} mistakes, nothing was imported",
                f"{path}：{len(mistakes)} 处错误，未导入任何内容",
            )
        )
    return difference, content


def strangers(
    sheet: Sheet, found: dict[str, tuple[int, dict[str, Any]]], stations: set[str], areas: set[str]
) -> list[Mistake]:
    """Return the rows that name a station or an area which is not there."""
    known = {"station": stations, "area": areas}
    names = [column.name for column in sheet.columns if column.name in known]
    return [
        Mistake(number, name, t(f"there is no {name} {row[name]}", f"没有 {row[name]}"))
        for number, row in found.values()
        for name in names
        if row.get(name) and row[name] not in known[name]
    ]


def _show(difference: Difference, *, json: bool) -> None:
    if json:
        changed = {key: {"before": before, "after": after} for key, (before, after) in difference.changed.items()}
        document = {
            "added": list(difference.added.values()),
            "changed": changed,
            "ended": list(difference.ended),
            "same": difference.same,
        }
        write_json(document, indent=2, default=str)
        return
    for key in list(difference.added)[:_SHOWN]:
        say(f"+ {key}")
    for key, (before, after) in list(difference.changed.items())[:_SHOWN]:
        parts = [f"{name}: {before[name]} -> {after[name]}" for name in after if after[name] != before[name]]
        say(f"~ {key}  {'; '.join(parts)}"[:300])
    for key in list(difference.ended)[:_SHOWN]:
        say(f"- {key}")
    say(
        t(
            f"{len(difference.added)} new, {len(difference.changed)} changed, {len(difference.ended)} ended,"
            f" {difference.same} the same",
            f"新增 {len(difference.added)}，变更 {len(difference.changed)}，停用 {len(difference.ended)}，"
            f"不变 {difference.same}",
        )
    )


limits, foods, businesses, tasks, operators = (app_of(sheet) for sheet in SHEETS.values())
operators.command("pin", help=t("Set an operator's PIN for the station's screen", "设置检测员在工作屏上的 PIN"))(pin)
