"""The robot of a DingTalk group: plain text, signed where the robot asks for it.

https://open.dingtalk.com/document/robots/custom-robot-access: the signature is base64 of HMAC-SHA256 (by the secret, of
"milliseconds, line feed, secret") in the address; at most 20 messages a minute; HTTP 200 whatever happened, `errcode` 0
alone is success.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from process.settings import Settings
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Rate, Recipient, Secrets
from server.delivery.http_post import HttpPost
from server.delivery.platform_answer import Answers
from server.delivery.robot_address import check_robot, robot_url
from server.delivery.texts.text import plain, texts_of

# A message may have 20,000 bytes.
_MOST_BYTES = 18_000
ANSWERS = Answers(
    code=("errcode",),
    good=("0",),
    message=("errmsg",),
    # Sending too fast, flow control, and the day's or month's number used up.
    throttled=("130101", "410100", "660026", "90018", "90030", "43004"),
    # It says nothing for minutes to whoever is too fast.
    rest_s=600.0,
    # No such token; the robot was stopped.
    final=("300005", "400013", "400102"),
)


class DingTalkSettings(Settings):
    """Settings of the channel. `base`: for robots named by a key alone; changed for a government's own cloud."""

    base: Annotated[str, Field(pattern=r"^https?://.*\{key\}")] = (
        "https://oapi.dingtalk.com/robot/send?access_token={key}"
    )


class DingTalkChannel:
    """A text in a DingTalk group."""

    def __init__(self, base: str, post: HttpPost) -> None:
        self._base = base
        self._post = post

    async def close(self) -> None:
        await self._post.close()

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        url, is_own = robot_url(to.address, self._base)
        text = plain(texts_of(notice, to.language), _MOST_BYTES)
        # isAtAll is said, so that an "@" among the text of others calls nobody.
        body = json.dumps({"msgtype": "text", "text": {"content": text}, "at": {"isAtAll": False}}, ensure_ascii=False)
        signed = url + _signature(to.secret, now, "&" if "?" in url else "?") if to.secret else url
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await self._post.send(signed, body.encode(), headers, now, judge=ANSWERS.judge, is_own=is_own)


def _signature(secret: str, now: datetime, joint: str) -> str:
    at = str(int(now.timestamp() * 1000))
    made = hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{joint}timestamp={at}&sign={quote(base64.b64encode(made), safe='')}"


def _check_secret(secret: str) -> None:
    if not secret.startswith("SEC") or len(secret) < 16 or not secret.isascii():
        raise ValueError("a DingTalk robot's secret begins with SEC")


def _open(settings: DingTalkSettings, network: Network) -> DingTalkChannel:
    return DingTalkChannel(settings.base, HttpPost(network))


CHANNEL = ChannelKind(
    "dingtalk",
    DingTalkSettings,
    check_robot,
    _open,
    Secrets(check=_check_secret, is_optional=True),
    Rate(20, 60.0),
    is_address_secret=True,
)
