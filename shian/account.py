"""`shian account`: accounts from the command line of the centre: the first one, and whoever has locked himself out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from process.console import Console
from process.language import t
from process.terminal import say, write_json
from server.access.table import table as permissions
from shian.changing import changing, doer, listed
from shian.database_choice import Chosen, ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from storage import accounts
from storage.accounts import Grant, NewAccount
from storage.deeds import Actor
from storage.enrolment import place
from storage.steps import Steps, run

app = typer.Typer(no_args_is_help=True, add_completion=False, help=t("Accounts of people and screens", "账号管理"))

_DAY_S = 86_400.0
T = TypeVar("T")
NameArgument = Annotated[str, typer.Argument(help=t("at sign-in", "用户名"))]
RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="ROLE[@AREA]", help=t("repeatable; no area: everywhere", "可重复；不写区域即全区")),
]
AddressOption = Annotated[
    str,
    typer.Option(
        help=t("of the page; else as the server said at its start", "网页地址；缺省为 server 启动时登记的地址")
    ),
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
    address: AddressOption = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    new = NewAccount(name, title, grants=_grants(role))

    def steps() -> Steps[str]:
        account = yield from accounts.add(new, actor=_actor())
        yield from accounts.forget_setup()
        return (yield from accounts.keep_secret(accounts.LINK, account, for_s=_DAY_S))

    done = _put(chosen(dsn, dsn_file, config, data), steps)
    say(t(f"added {name} in {done.database}", f"已新增 {name}，数据库 {done.database}"))
    _show(address, done)


@app.command(help=t("Print a link that signs in once", "显示一次性登录链接"))
def link(
    name: NameArgument,
    *,
    address: AddressOption = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    def steps(account: UUID) -> Steps[str]:
        yield from accounts.audit(_actor(), "link_made", name, {})
        return (yield from accounts.keep_secret(accounts.LINK, account, for_s=_DAY_S))

    _show(address, _put(chosen(dsn, dsn_file, config, data), lambda: _of(name, steps)))


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
    done = _put(
        chosen(dsn, dsn_file, config, data),
        lambda: _of(name, lambda account: accounts.set_roles(account, name, wanted, actor=_actor())),
    )
    say(
        t(
            f"{name}: {len(wanted)} roles, in {done.database}",
            f"{name}：已设置 {len(wanted)} 个角色，数据库 {done.database}",
        )
    )


@app.command(help=t("End all sessions and tokens of an account", "停用账号，并结束其全部会话和口令"))
def disable(
    name: NameArgument,
    *,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    done = _put(chosen(dsn, dsn_file, config, data), lambda: _of(name, lambda account: _enable(account, name, False)))
    say(t(f"disabled {name} in {done.database}", f"已停用 {name}，数据库 {done.database}"))


@app.command(help=t("Let an account sign in again, also after a lock-out", "启用账号（或解除锁定）"))
def enable(
    name: NameArgument,
    *,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    done = _put(chosen(dsn, dsn_file, config, data), lambda: _of(name, lambda account: _enable(account, name, True)))
    say(t(f"enabled {name} in {done.database}", f"已启用 {name}，数据库 {done.database}"))


@app.command(
    help=t(
        "Take password and second factor away; prints a link that signs in once",
        "清除密码和动态验证码，并显示一次性登录链接",
    )
)
def reset(
    name: NameArgument,
    *,
    address: AddressOption = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    done = _put(
        chosen(dsn, dsn_file, config, data),
        lambda: _of(name, lambda account: accounts.reset(account, name, actor=_actor())),
    )
    _show(address, done)


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
            account, name, "shian account token", scope or (), for_s=days * _DAY_S, actor=_actor()
        )
        return made[1]

    done = _put(chosen(dsn, dsn_file, config, data), lambda: _of(name, steps))
    say(t(f"a token for {name} in {done.database}:", f"{name} 的口令，数据库 {done.database}："), err=True)
    say(done.value)


@app.command("list", help=t("List the accounts", "列出账号"))
def list_accounts(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("one JSON line an account", "每个账号一行 JSON"))] = False,
) -> None:
    cannot = t("the accounts cannot be listed", "无法列出账号")
    rows = listed(chosen(dsn, dsn_file, config, data), cannot, _LIST)
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
    return accounts.enable(account, name, is_enabled=is_enabled, actor=_actor())


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


def _actor() -> Actor:
    return Actor.command(doer("shian account"))


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    """Outcome of the steps, with the name of the database and the address of its page ('': not known)."""

    value: T
    database: str
    page: str


def _show(address: str, done: _Done[str]) -> None:
    page = (address or done.page or "http://127.0.0.1:8000").rstrip("/")
    say(t("Sign in once, within a day:", "一次性登录链接（一天内有效）："), f"  {page}/#link={done.value}")


def _put(choice: Chosen, steps: Callable[[], Steps[T]]) -> _Done[T]:
    """Take the steps in a transaction. Raises CannotError."""
    cannot = t("nothing was changed", "未作更改")
    with changing(choice, cannot) as (connection, database):
        page = place(connection)
        with connection.cursor() as cursor:
            value = run(cursor, steps())
    return _Done(value, database, page.url if page else "")
