"""`shian person`: what the database holds of somebody, and an account that is forgotten. Both leave a deed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from process.terminal import json_text, say
from shian.changing import changing, doer
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from storage import deeds, persons
from storage.deeds import Actor, Deed

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help=t("What is held of a person; forget an account", "个人信息导出与清除"),
)
Why = Annotated[str, typer.Option("--why", help=t("reason, for the audit", "原因，记入审计"))]


@app.command(
    "export",
    help=t(
        "Write all that the database holds of a person as JSON lines: by the name of an account, or one in the records",
        "以 JSON 行导出某人的全部信息：按账号名或记录中的姓名",
    ),
)
def export_person(
    name: Annotated[
        str, typer.Argument(help=t("of an account, a vendor, an operator ...", "账号、经营户、检测员等的名称"))
    ],
    *,
    why: Why,
    out: Annotated[
        Path | None, typer.Option(help=t("a new file; none: standard output", "新文件；缺省为标准输出"))
    ] = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    count = 0
    cannot = t("nothing was exported", "未导出")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database), _opened(out) as write:
        for place, row in persons.find(connection, name):
            write(json_text({"table": place, **row}, default=_plain))
            count += 1
        facts = {"rows": count}
        deeds.write(
            connection, Deed(Actor.command(doer("shian person export")), "person_exported", name, why=why, facts=facts)
        )
    say(t(f"{count} rows of {database} name {name}", f"{database} 中共 {count} 行涉及 {name}"), err=True)


@app.command(
    help=t(
        "Forget an account: its name, sessions, tokens, addresses go; steps and audit keep the name of then",
        "清除账号个人信息：姓名、会话、口令、地址；处置与审计记录保留当时的名称",
    )
)
def forget(
    name: Annotated[str, typer.Argument(help=t("of the account", "账号名"))],
    *,
    why: Why,
    address: Annotated[
        list[str] | None,
        typer.Option(
            help=t("of the person: subscriptions to it end; repeatable", "本人接收地址，相关订阅终止；可重复")
        ),
    ] = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    cannot = t(f"{name} was not forgotten", f"未能清除 {name}")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        done = persons.forget(connection, name, address or (), actor=doer("shian person forget"), why=why)
    told = ", ".join(f"{what} {count}" for what, count in done.deleted.items())
    say(
        t(
            f"{name} is {done.pseudonym} now in {database}; ended: {told}",
            f"{name} 现为 {done.pseudonym}，数据库 {database}；已清除：{told}",
        )
    )


@contextmanager
def _opened(out: Path | None) -> Iterator[Callable[[str], None]]:
    """Open a new file for its owner alone, or standard output. Raises CannotError."""
    if out is None:
        yield say
        return
    try:
        file = os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as exc:
        raise CannotError(f"{out}: {exc.strerror}") from exc
    with file:

        def write(line: str) -> None:
            file.write(line + "\n")

        yield write


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
