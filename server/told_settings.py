"""The settings that this server started with, told by a deed where they are other ones than last time."""

import asyncio
from typing import Any

import structlog

from server.database import Database
from server.settings import ServerSettings
from storage.told_settings import tell

log = structlog.get_logger()
# What decides which alerts are raised and sent, what is kept, who may ask, and what is proven. Channels of delivery
# may hold secrets, and names of files say nothing: neither is told.
_TOLD: dict[str, Any] = {
    **dict.fromkeys(("accounts", "budgets", "keep", "limits", "timezone", "watch"), True),
    "media": {"keep_days", "upload_days", "largest_mib"},
    "delivery": {"is_enabled", "allow_private_addresses", "ports", "max_attempts", "give_up_after_s"},
    "oidc": {"issuer", "makes_accounts"},
    "feed": {"retention_s"},
    "proof": {"every_s", "look_s", "lists_days"},
}


class ToldSettings:
    """Teller of the settings. `run` is supervised, so that a database that is away is asked again."""

    def __init__(self, db: Database, settings: ServerSettings) -> None:
        self._db = db
        self._values = settings.model_dump(mode="json", include=_TOLD)

    async def run(self) -> None:
        async with self._db.transaction() as transaction:
            if await transaction.take(tell("server", self._values)):
                log.info("settings_told")
        await asyncio.Event().wait()
