"""The way into the page of `shian up`: a link that counts once, so that nobody has to invent a password to look."""

import psycopg

from storage import accounts
from storage.accounts import ADMINISTRATOR, Grant, NewAccount
from storage.deeds import Actor
from storage.steps import Steps, run

DEMO_ACCOUNT = "demo"
_DAY_S = 86_400.0


def fragment(dsn: str, *, is_demo: bool) -> str:
    """Return what stands behind the page's address: a demo signs its visitor in; else the first start asks for the
    first account, and later ones for nothing."""
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        return run(cursor, _demo() if is_demo else _first_start())


def _demo() -> Steps[str]:
    try:
        account = yield from accounts.by_name(DEMO_ACCOUNT)
    except accounts.UnknownAccountError:
        new = NewAccount(DEMO_ACCOUNT, "示范 / demo", grants=(Grant(ADMINISTRATOR),))
        account = yield from accounts.add(new, actor=Actor.command("shian up --demo"))
    secret = yield from accounts.keep_secret(accounts.LINK, account, for_s=_DAY_S)
    return f"/#link={secret}"


def _first_start() -> Steps[str]:
    if (yield from accounts.has_any()):
        return ""
    secret = yield from accounts.keep_secret(accounts.SETUP, None, for_s=_DAY_S)
    return f"/#setup={secret}"
