"""`shian area`: the areas that stations lie in and roles are given for."""

from typing import Annotated, Any

import typer

from process.console import Console
from process.language import t
from process.printable import printable
from process.terminal import say, write_json
from shian.changing import changing, doer, listed
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from storage import areas
from storage.areas import Area

app = typer.Typer(no_args_is_help=True, add_completion=False, help=t("Areas of the district", "区域管理"))

Code = Annotated[
    str, typer.Argument(help=t("a-z, 0-9 and '-'; it never changes", "仅限 a-z、0-9 和 '-'，之后不可更改"))
]
Why = Annotated[str, typer.Option("--why", help=t("reason, for the audit", "原因，记入审计"))]
_LIST = """
SELECT code, parent, name, name_en, (SELECT count(*) FROM station WHERE area = area.code) AS stations
FROM area ORDER BY code
"""


@app.command(help=t("Make an area", "新建区域"))
def add(
    code: Code,
    *,
    name: Annotated[str, typer.Option(help=t("for people (Chinese)", "显示名称（中文）"))],
    name_en: Annotated[str, typer.Option(help=t("for people (English)", "显示名称（英文）"))] = "",
    parent: Annotated[
        str | None, typer.Option(help=t("code of the area around it; none: at the top", "上级区域代码；缺省为顶级"))
    ] = None,
    why: Why = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    cannot = t(f"{code} was not made", f"{code} 未能新建")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        areas.add(connection, Area(code, name, parent, name_en), actor=doer("shian area add"), why=why)
    say(t(f"made the area {code} in {database}", f"已新建区域 {code}，数据库 {database}"))


@app.command(help=t("Give an area another name; its code never changes", "更改区域名称；代码不变"))
def rename(
    code: Code,
    *,
    name: Annotated[str | None, typer.Option(help=t("in Chinese", "中文"))] = None,
    name_en: Annotated[str | None, typer.Option(help=t("in English", "英文"))] = None,
    why: Why = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    if name is None and name_en is None:
        raise typer.BadParameter(t("give --name or --name-en", "请给出 --name 或 --name-en"))
    cannot = t(f"{code} was not renamed", f"{code} 未能改名")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        areas.rename(connection, code, name=name, name_en=name_en, actor=doer("shian area rename"), why=why)
    say(t(f"renamed {code} in {database}", f"已更改区域 {code} 的名称，数据库 {database}"))


@app.command("list", help=t("List the areas as a tree", "按层级列出区域"))
def list_areas(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("one JSON line an area", "每个区域一行 JSON"))] = False,
) -> None:
    cannot = t("the areas cannot be listed", "无法列出区域")
    rows = listed(chosen(dsn, dsn_file, config, data), cannot, _LIST)
    if as_json:
        for row in rows:
            write_json(row)
        return
    for line in _tree(rows, None, ""):
        Console().print(line, markup=False, highlight=False, soft_wrap=True)
    if not rows:
        say(t("no areas yet: shian area add CODE --name NAME", "还没有区域：shian area add 代码 --name 名称"))


def _tree(rows: list[dict[str, Any]], parent: str | None, indent: str) -> list[str]:
    """Return a line an area, each below the one around it."""
    lines = []
    for row in rows:
        if row["parent"] == parent:
            title = t(row["name_en"] or row["name"], row["name"] or row["name_en"])
            count = t(f"{row['stations']} stations", f"{row['stations']} 个检测点")
            lines.append(f"{indent}{row['code']}  {printable(title)}  ({count})")
            lines += _tree(rows, row["code"], f"{indent}  ")
    return lines
