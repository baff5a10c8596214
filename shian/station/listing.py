"""`shian station list`."""

from typing import Annotated, Any

import typer
from rich.table import Table

from process.console import Console
from process.language import t
from process.terminal import write_json
from shian.changing import listed
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen

_LIST = """
SELECT name, title, title_en, area, kind, standing, state, waiting, last_event_at, version, public_key,
    (SELECT max(ends_at) FROM station_certificate WHERE station = name AND revoked_at IS NULL) AS certificate_ends_at
FROM station ORDER BY name
"""


def list_stations(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("one JSON line a station", "每站一行 JSON"))] = False,
) -> None:
    cannot = t("the stations cannot be listed", "无法列出检测点")
    rows = listed(chosen(dsn, dsn_file, config, data), cannot, _LIST)
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
        table.add_row(row["name"], title, row["area"] or "-", _state(row), str(row["waiting"]), last, key)
    return table


def _state(row: dict[str, Any]) -> str:
    """Return the standing of a station that is not listened to, else whether it is there."""
    return str(row["standing"] if row["standing"] != "enrolled" else row["state"])
