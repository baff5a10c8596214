"""The first start: while there is no account, a secret is printed that makes the first one, once."""

import asyncio

import structlog

from process.language import t
from process.terminal import say
from server.database import Database
from storage import accounts

log = structlog.get_logger()
_DAY_S = 86_400.0


class FirstStart:
    """Printer of the secret of the first start. `run` is supervised, so that a database that is away is asked again."""

    def __init__(self, db: Database, *, is_on: bool) -> None:
        self._db = db
        self._is_on = is_on

    async def run(self) -> None:
        if self._is_on:
            async with self._db.transaction() as transaction:
                secret = ""
                if not await transaction.take(accounts.has_any()):
                    secret = await transaction.take(accounts.keep_secret(accounts.SETUP, None, for_s=_DAY_S))
            if secret:
                _tell(secret)
        await asyncio.Event().wait()


def _tell(secret: str) -> None:
    log.warning("no_account_yet", hint="the secret of the first start is on the standard error")
    say(
        t(
            f"No account yet. Make the first administrator on the page by this secret (good for a day): {secret}",
            f"尚无账号。请打开网页，用以下一次性口令创建首个系统管理员（一天内有效）：{secret}",
        ),
        err=True,
    )
