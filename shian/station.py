"""`shian station`: enrols and lists stations. Only events of an enrolled station are taken into the ledger."""

from typing import Annotated, Any

import psycopg
import typer
from psycopg.rows import dict_row
from rich.table import Table

from process.console import Console
from process.language import t
from process.terminal import say, write_json
from shian.database_choice import DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from storage.errors import StorageError
from storage.exchange import connect_patiently
from storage.stations import BadKeyError, Station, enrol
from wire.topics import TopicError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=t("Enrol and list stations", "登记和列出检测点"))

_LIST = """
SELECT name, title, title_en, area, kind, state, waiting, last_event_at, version, public_key
FROM station ORDER BY name
"""


@app.command(help=t("Enrol a station", "登记检测点"))
def add(
    name: Annotated[str, typer.Argument(help=t("a-z, 0-9 and '-'", "仅限 a-z、0-9 和 '-'"))],
    *,
    title: Annotated[str, typer.Option(help=t("name for people (Chinese)", "显示名称（中文）"))] = "",
    title_en: Annotated[str, typer.Option(help=t("name for people (English)", "显示名称（英文）"))] = "",
    area: Annotated[str | None, typer.Option(help=t("code of its area", "所属区域代码"))] = None,
    kind: Annotated[str, typer.Option(help=t("market, school, ...", "类型：market、school 等"))] = "market",
    latitude: Annotated[float | None, typer.Option(min=-90, max=90, help=t("degrees north", "纬度"))] = None,
    longitude: Annotated[float | None, typer.Option(min=-180, max=180, help=t("degrees east", "经度"))] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            help=t("Ed25519, hex; none: the first checkpoint pins it", "Ed25519 公钥（十六进制）；缺省由首个检查点固定")
        ),
    ] = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    data: DataOption = None,
) -> None:
    station = Station(name, title, title_en, area, kind, latitude, longitude, public_key)
    try:
        with connect_patiently(chosen_dsn(dsn, dsn_file, data=data), "station") as connection:
            is_new = enrol(connection, station, actor="shian station add")
    except (TopicError, BadKeyError, StorageError, psycopg.Error) as exc:
        raise CannotError(t(f"{name} was not enrolled: {exc}", f"{name} 登记失败：{exc}")) from exc
    if not is_new:
        say(t(f"{name} is enrolled already; nothing was changed", f"{name} 已登记过，未作更改"), err=True)
        raise typer.Exit(1)
    say(t(f"enrolled {name}", f"已登记 {name}"))


@app.command("list", help=t("List the stations", "列出检测点"))
def list_stations(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("one JSON line a station", "每站一行 JSON"))] = False,
) -> None:
    try:
        with (
            connect_patiently(chosen_dsn(dsn, dsn_file, data=data), "station") as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            rows = cursor.execute(_LIST).fetchall()
    except psycopg.Error as exc:
        raise CannotError(t(f"the database cannot be read: {exc}", f"无法读取数据库：{exc}")) from exc
    if as_json:
        for row in rows:
            write_json(row, default=str)
        return
    Console().print(_table(rows))


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(
        t("station", "检测点"),
        t("title", "名称"),
        t("area", "区域"),
        t("state", "状态"),
        t("waiting", "待传"),
        t("last event", "最近事件"),
        t("key", "密钥"),
        box=None,
    )
    for row in rows:
        title = t(row["title_en"] or row["title"], row["title"] or row["title_en"])
        last = row["last_event_at"].astimezone().strftime("%Y-%m-%d %H:%M:%S") if row["last_event_at"] else "-"
        key = row["public_key"][:12] if row["public_key"] else "-"
        table.add_row(row["name"], title, row["area"] or "-", row["state"], str(row["waiting"]), last, key)
    return table
