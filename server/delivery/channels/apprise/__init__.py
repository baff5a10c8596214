"""Best effort: any of the hundred services of the library Apprise (extra `apprise`), by its URL.

The library says only whether something went wrong, so that a receipt has no remote id and no error code, and it goes
wherever its URL says: the operator lists the services that may be used.
"""

import asyncio
import time
from datetime import datetime
from importlib import import_module
from typing import Annotated, Any

from pydantic import Field

from process.settings import Settings
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Rate, Recipient
from server.delivery.texts.text import plain, texts_of

_MOST_BYTES = 4_000


class AppriseSettings(Settings):
    """Settings of the channel. `services`: those of Apprise that a subscription may use; none: nothing is sent."""

    services: Annotated[tuple[str, ...], Field(description="as discord, tgram, mattermost")] = ()


class AppriseChannel:
    """A text by whatever service."""

    def __init__(self, settings: AppriseSettings, network: Network) -> None:
        self._settings = settings
        self._network = network

    async def close(self) -> None: ...

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:  # noqa: ARG002  the library has its own clock
        """Try once. Raises only for our own mistakes."""
        scheme = to.address.partition("://")[0].lower()
        if scheme not in self._settings.services:
            return Attempt(
                Outcome.NOT_SET_UP, detail=f"{scheme} is not among the services of the settings", is_final=True
            )
        try:
            library: Any = import_module("apprise")
        except ImportError:
            return Attempt(Outcome.NOT_SET_UP, detail="pip install 'shian[apprise]'", is_final=True)
        began = time.perf_counter()
        attempt = await self._try(library, to, notice)
        return Attempt(attempt.outcome, None, attempt.detail, round((time.perf_counter() - began) * 1000))

    async def _try(self, library: Any, to: Recipient, notice: Notice) -> Attempt:
        texts = texts_of(notice, to.language)
        service = library.Apprise()
        if not service.add(to.address):
            return Attempt(Outcome.REFUSED_ADDRESS, detail="not a URL that Apprise knows")
        title = " / ".join(text.title for text in texts)
        try:
            async with asyncio.timeout(self._network.attempt_s):
                is_sent = await service.async_notify(body=plain(texts, _MOST_BYTES), title=title)
        except TimeoutError:
            return Attempt(Outcome.TIMEOUT, detail=f"no answer within {self._network.attempt_s:g} s")
        return Attempt(Outcome.DELIVERED) if is_sent else Attempt(Outcome.REJECTED, detail="Apprise names no reason")


def _check_address(text: str) -> None:
    scheme, found, rest = text.partition("://")
    if not (found and rest and scheme.isascii() and scheme.isalnum()):
        raise ValueError("the address is a URL of Apprise")


CHANNEL = ChannelKind(
    "apprise",
    AppriseSettings,
    _check_address,
    AppriseChannel,
    rate=Rate(20, 60.0),
    is_address_secret=True,
    most_bytes=_MOST_BYTES,
)
