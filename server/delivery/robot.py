"""The robot of a chat group: JSON to the URL that the platform shows, or to its key alone below a base of ours."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from server.delivery.address import check_url
from server.delivery.channel import Attempt, Network, Notice, Recipient
from server.delivery.http_post import HttpPost
from server.delivery.platform_answer import Answers

_KEY = re.compile(r"[A-Za-z0-9_-]{16,200}")
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
# The setting `base` of a platform, into which the key of a robot is put.
Base = Annotated[str, Field(pattern=r"^https?://.*\{key\}")]


class Letter(NamedTuple):
    """A message as its platform takes it. `query` goes to the end of the address."""

    body: dict[str, Any]
    query: str = ""


Write = Callable[[Recipient, Notice, datetime], Letter]


class RobotChannel:
    """The channel to a platform's robots, which says by `write` what it takes and by `answers` what it answers."""

    def __init__(self, base: str, answers: Answers, write: Write, network: Network) -> None:
        self._base = base
        self._answers = answers
        self._write = write
        self._post = HttpPost(network)

    async def close(self) -> None:
        await self._post.close()

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        letter = self._write(to, notice, now)
        url, is_own = robot_url(to.address, self._base)
        if letter.query:
            url += ("&" if "?" in url else "?") + letter.query
        body = json.dumps(letter.body, ensure_ascii=False).encode()
        return await self._post.send(url, body, _HEADERS, now, judge=self._answers.judge, is_own=is_own)


def check_robot(text: str) -> None:
    """Check an address that somebody gives. Raises ValueError for what is neither a URL nor a key."""
    if not _KEY.fullmatch(text):
        check_url(text)


def robot_url(address: str, base: str) -> tuple[str, bool]:
    """Return the URL of a robot, and whether it is below the operator's base (`{key}` is put into it)."""
    return (base.replace("{key}", address), True) if _KEY.fullmatch(address) else (address, False)
