"""`shian account`: accounts from the command line of the centre: the first one, and whoever has locked himself out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar
from uuid import UUID

import psycopg
import typer
from psycopg.rows import dict_row
from rich.table import Table

from process.console import Console
from process.language import t
from process.terminal import say, write_json
from server.access.table import table as permissions
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from storage import accounts
from storage.accounts import Grant, NewAccount
from storage.deeds import Actor
from storage.errors import StorageError
from storage.exchange import connect_patiently
from storage.steps import Steps, run

app = typer.Typer(no_args_is_help=True, add_completion=False, help=t("Accounts of people and screens", "账号管理"))

_ACTOR = Actor.command("shian account")
_DAY_S = 86_400.0
T = TypeVar("T")
NameArgument = Annotated[str, typer.Argument(help=t("at sign-in", "用户名"))]
RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="ROLE[@AREA]", help=t("repeatable; no area: everywhere", "可重复；不写区域即全区")),
]
_LIST = """
SELECT a.name, a.title, a.is_enabled, coalesce(a.locked_until > now(), false) AS is_locked, a.created_at,
       a.totp IS NOT NULL AS has_code,
       coalesce((SELECT array_agg(role || coalesce('@' || area, '') ORDER BY role, area) FROM account_role
                 WHERE account = a.id), '{}') AS roles,
       (SELECT max(seen_at) FROM session WHERE account = a.id) AS seen_at
FROM account a ORDER BY a.name
"""


@app.command(help=t("Add an account; prints a link that signs in once", "新增账号，并显示一次性登录链接"))
def add(
    name: NameArgument,
    *,
    title: Annotated[str, typer.Option(help=t("the person's name", "姓名"))] = "",
    role: RoleOption = None,
    address: Annotated[str, typer.Option(help=t("of the page", "网页地址"))] = "http://127.0.0.1:8000",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    new = NewAccount(name, title, grants=_grants(role))

    def steps() -> Steps[str]:
        account = yield from accounts.add(new, actor=_ACTOR)
        yield from accounts.forget_setup()
        return (yield from accounts.keep_secret(accounts.LINK, account, for_s=_DAY_S))

    link = _put(chosen_dsn(dsn, dsn_file, config, data), steps)
    say(t(f"added {name}", f"已新增 {name}"))
    _show(address, link)


@app.command(help=t("Print a link that signs in once", "显示一次性登录链接"))
def link(
    name: NameArgument,
    *,
    address: Annotated[str, typer.Option(help=t("of the page", "网页地址"))] = "http://127.0.0.1:8000",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    def steps(account: UUID) -> Steps[str]:
        yield from accounts.audit(_ACTOR, "link_made", name, {})
        return (yield from accounts.keep_secret(accounts.LINK, account, for_s=_DAY_S))

    _show(address, _put(chosen_dsn(dsn, dsn_file, config, data), lambda: _of(name, steps)))


@app.command(help=t("Give an account these roles and no others", "设置账号的全部角色"))
def roles(
    name: NameArgument,
    *,
    role: RoleOption = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    wanted = _grants(role)
    _put(
        chosen_dsn(dsn, dsn_file, config, data),
        lambda: _of(name, lambda account: accounts.set_roles(account, name, wanted, actor=_ACTOR)),
    )
    say(t(f"{name}: {len(wanted)} roles", f"{name}：已设置 {len(wanted)} 个角色"))


@app.command(help=t("End all sessions and tokens of an account", "停用账号，并结束其全部会话和口令"))
def disable(
    name: NameArgument,
    *,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    _put(chosen_dsn(dsn, dsn_file, config, data), lambda: _of(name, lambda account: _enable(account, name, False)))
    say(t(f"disabled {name}", f"已停用 {name}"))


@app.command(help=t("Let an account sign in again, also after a lock-out", "启用账号（或解除锁定）"))
def enable(
    name: NameArgument,
    *,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    _put(chosen_dsn(dsn, dsn_file, config, data), lambda: _of(name, lambda account: _enable(account, name, True)))
    say(t(f"enabled {name}", f"已启用 {name}"))


@app.command(
    help=t(
        "Take password and second factor away; prints a link that signs in once",
        "清除密码和动态验证码，并显示一次性登录链接",
    )
)
def reset(
    name: NameArgument,
    *,
    address: Annotated[str, typer.Option(help=t("of the page", "网页地址"))] = "http://127.0.0.1:8000",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    link = _put(
        chosen_dsn(dsn, dsn_file, config, data),
        lambda: _of(name, lambda account: accounts.reset(account, name, actor=_ACTOR)),
    )
    _show(address, link)


@app.command(help=t("Make a token for a screen or a program; shown once", "为大屏或程序生成口令，仅显示一次"))
def token(
    name: NameArgument,
    *,
    days: Annotated[int, typer.Option(min=1, max=730, help=t("until it expires", "有效天数"))] = 90,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=t("a permission, repeatable; none: all", "权限，可重复；缺省为全部")),
    ] = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    unknown = set(scope or ()) - set(permissions().permissions)
    if unknown:
        raise CannotError(t(f"no such permission: {min(unknown)}", f"没有这样的权限：{min(unknown)}"))

    def steps(account: UUID) -> Steps[str]:
        made = yield from accounts.add_token(
            account, name, "shian account token", scope or (), for_s=days * _DAY_S, actor=_ACTOR
        )
        return made[1]

    say(_put(chosen_dsn(dsn, dsn_file, config, data), lambda: _of(name, steps)))


@app.command("list", help=t("List the accounts", "列出账号"))
def list_accounts(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("one JSON line an account", "每个账号一行 JSON"))] = False,
) -> None:
    with _connected(chosen_dsn(dsn, dsn_file, config, data)) as connection:
        rows = connection.cursor(row_factory=dict_row).execute(_LIST).fetchall()
    if as_json:
        for row in rows:
            write_json(row, default=str)
        return
    Console().print(_table(rows))


def _table(rows: list[dict[str, Any]]) -> Table:
    words = (("account", "账号"), ("name", "姓名"), ("roles", "角色"), ("state", "状态"), ("last seen", "最近使用"))
    table = Table(*(t(*word) for word in words), box=None)
    for row in rows:
        state = t("enabled", "启用") if row["is_enabled"] else t("disabled", "停用")
        if row["is_locked"]:
            state = t("locked", "锁定")
        seen = row["seen_at"].astimezone().strftime("%Y-%m-%d %H:%M") if row["seen_at"] else "-"
        table.add_row(row["name"], row["title"] or "-", ", ".join(row["roles"]) or "-", state, seen)
    return table


def _enable(account: UUID, name: str, is_enabled: bool) -> Steps[None]:
    return accounts.enable(account, name, is_enabled=is_enabled, actor=_ACTOR)


def _of(name: str, steps: Callable[[UUID], Steps[T]]) -> Steps[T]:
    """Find the account, and go on with it."""
    account = yield from accounts.by_name(name)
    return (yield from steps(account))


def _grants(given: list[str] | None) -> tuple[Grant, ...]:
    """Read ROLE or ROLE@AREA. Raises CannotError."""
    found = []
    for text in given or ():
        role, _, area = text.partition("@")
        if role not in permissions().roles:
            known = ", ".join(permissions().roles)
            raise CannotError(t(f"no role {role!r}; there are: {known}", f"没有角色 {role!r}；现有：{known}"))
        found.append(Grant(role, area or None))
    return tuple(found)


def _show(address: str, secret: str) -> None:
    say(t("Sign in once, within a day:", "一次性登录链接（一天内有效）："), f"  {address}/#link={secret}")


@contextmanager
def _connected(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with connect_patiently(dsn, "account") as connection:
            yield connection
    except (StorageError, psycopg.Error) as exc:
        raise CannotError(t(f"nothing was changed: {exc}", f"未作更改：{exc}")) from exc


def _put(dsn: str, steps: Callable[[], Steps[T]]) -> T:
    """Take the steps in a transaction. Raises CannotError."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        return run(cursor, steps())
