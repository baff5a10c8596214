"""`shian readings limits`: the ranges of probes. A row is set from a day on, with its reason."""

from datetime import date
from typing import Annotated, Any

import typer

from process.language import t
from process.terminal import complain, say
from shian.changing import changing, doer
from shian.database_choice import Chosen, ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from shian.tables.cli import app_of, strangers
from shian.tables.sheet import Row, read
from shian.tables.sheets import READING_LIMITS
from shian.tables.store import Difference, compare, make_true, rows_of
from storage.deeds import Actor, Deed

app = typer.Typer(no_args_is_help=True, add_completion=False, help=t("Limits of probes", "探头限值"))
limits = app_of(READING_LIMITS)
app.add_typer(limits, name="limits")

CodeArgument = Annotated[str, typer.Argument(help=t("name of the row", "限值代码"))]
ReasonOption = Annotated[str, typer.Option(help=t("why, for the audit", "依据或原因，写入审计"))]


@limits.command("set", help=t("Add a row, or change it", "新增或修改一条"))
def set_(
    limit: CodeArgument,
    *,
    quantity: Annotated[str, typer.Option(help=t("such as air_temperature", "测量量，如 air_temperature"))],
    unit: Annotated[str, typer.Option(help=t("such as degC", "单位，如 degC"))],
    since: Annotated[str, typer.Option("--from", help=t("first day, 2026-12-01", "生效日期，如 2026-12-01"))],
    reason: ReasonOption,
    above: Annotated[str, typer.Option(help=t("out of range above this", "上限"))] = "",
    below: Annotated[str, typer.Option(help=t("out of range below this", "下限"))] = "",
    lasting: Annotated[str, typer.Option("--for", help=t("told after this time", "持续多久后预警"))] = "10 min",
    station: Annotated[str, typer.Option(help=t("this one only", "仅此检测点"))] = "",
    device: Annotated[str, typer.Option(help=t("this one only", "仅此设备"))] = "",
    channel: Annotated[str, typer.Option(help=t("this one only", "仅此通道"))] = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    row = {"code": limit, "station": station, "device": device, "quantity": quantity, "channel": channel}
    row |= {"above": above, "below": below, "unit": unit, "for_s": lasting}
    row |= {"valid_from": since, "valid_to": "", "source": reason}
    _change(row, "reading_limit_set", reason, chosen(dsn, dsn_file, config, data))


@limits.command("end", help=t("End a row on a day", "自某日起停用一条"))
def end(
    limit: CodeArgument,
    *,
    on: Annotated[str, typer.Option(help=t("first day without it", "失效日期"))],
    reason: ReasonOption,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    choice = chosen(dsn, dsn_file, config, data)
    with changing(choice, _nothing()) as (connection, _):
        before = rows_of(connection, READING_LIMITS).get(limit)
    if before is None:
        raise CannotError(t(f"there is no limit {limit}", f"没有限值 {limit}"))
    row = {name: "" if value is None else str(value) for name, value in before.items()}
    _change(row | {"valid_to": on}, "reading_limit_ended", reason, choice)


def _change(cells: dict[str, str], action: str, reason: str, choice: Chosen) -> None:
    """Change one row by its cells, with its history and a deed. Raises CannotError."""
    sheet = READING_LIMITS
    found, mistakes = read(sheet, list(cells), [(1, list(cells.values()))])
    key = cells[sheet.key]
    with changing(choice, _nothing()) as (connection, database):
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import {sheet.noun}"])
        difference, more = compare(sheet, rows_of(connection, sheet), found, is_all=False, today=date.min)
        stations = {name for (name,) in connection.execute("SELECT name FROM station")}
        if mistakes := [*mistakes, *more, *strangers(sheet, found, stations, set())]:
            for mistake in mistakes:
                complain(f"{mistake.column}: {mistake.why}")
            raise CannotError(_nothing())
        before, after = _before_and_after(difference, key)
        if after is not None:
            _keep_until(difference, key, before, after)
            actor = doer(f"shian readings limits {action.rpartition('_')[2]}")
            facts = {"before": _plain(before), "after": _plain(after)}
            make_true(connection, sheet, difference, Deed(Actor.command(actor), action, key, why=reason, facts=facts))
        connection.commit()
    if after is None:
        say(t(f"{key} says so already", f"{key} 已是如此"))
    else:
        say(t(f"{key} is set in {database}", f"已在 {database} 设置 {key}"))


def _keep_until(difference: Difference, key: str, before: Row | None, after: Row) -> None:
    """Keep the row that held until now, under a name of its own: readings of those days may still come."""
    if before and before["valid_from"] < after["valid_from"] < (before["valid_to"] or date.max):
        name = f"{key}.{after['valid_from']:%Y%m%d}"
        difference.added[name] = {**before, "code": name, "valid_to": after["valid_from"]}


def _before_and_after(difference: Difference, key: str) -> tuple[Row | None, Row | None]:
    """Return the row before and after; nothing behind where nothing changes."""
    if key in difference.added:
        return None, difference.added[key]
    return difference.changed.get(key, (None, None))


def _plain(row: Row | None) -> dict[str, Any] | None:
    return row and {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _nothing() -> str:
    return t("nothing was changed", "未作任何更改")
