"""`shian four-eyes`: which deeds need a second account. Whoever may change this owns the machine of the database."""

from typing import Annotated

import typer

from process.language import IS_CHINESE, t
from process.terminal import say, write_json
from shian.changing import changing, doer
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from storage.four_eyes import change, read
from wire.words import DEEDS, word


def four_eyes(
    *,
    on: Annotated[
        list[str] | None,
        typer.Option("--on", metavar="DEED", help=t("this deed needs a second account; repeatable", "须复核；可重复")),
    ] = None,
    off: Annotated[
        list[str] | None,
        typer.Option("--off", metavar="DEED", help=t("this one needs none; repeatable", "无须复核；可重复")),
    ] = None,
    why: Annotated[str, typer.Option("--why", help=t("reason, for the audit", "原因，记入审计"))] = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("for programs", "供程序使用"))] = False,
) -> None:
    """Say which deeds need a second account, and change it. Each change is a deed."""
    cannot = t("nothing was changed", "未作更改")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database), connection.transaction():
        for is_on, actions in ((True, on or ()), (False, off or ())):
            for action in actions:
                change(connection, action, is_on=is_on, actor=doer("shian four-eyes"), why=why)
        found = read(connection)
    if as_json:
        write_json({"database": database, "four_eyes": found})
        return
    say(t(f"in {database}:", f"数据库 {database}："))
    for action, is_on in found.items():
        needs = t("needs a second account", "须由第二账号复核") if is_on else t("needs none", "无须复核")
        say(f"  {action} ({word(DEEDS, action, chinese=IS_CHINESE)}): {needs}")
