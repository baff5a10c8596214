"""The robot of a WeCom group: plain text of 2,048 bytes of UTF-8 at most.

https://developer.work.weixin.qq.com/document/path/91770: the key in the address is all there is to it; at most 20
messages a minute; HTTP 200 whatever happened, `errcode` 0 alone is success.
"""

import json
from datetime import datetime
from typing import Annotated

from pydantic import Field

from process.settings import Settings
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Rate, Recipient
from server.delivery.http_post import HttpPost
from server.delivery.platform_answer import Answers
from server.delivery.robot_address import check_robot, robot_url
from server.delivery.texts.text import plain, texts_of

MOST_BYTES = 2048
ANSWERS = Answers(
    code=("errcode",),
    good=("0",),
    message=("errmsg",),
    throttled=("45009", "45033", "-1"),
    # No such robot, or it was taken out of the group.
    final=("93000", "93004", "93006", "93008"),
)


class WeComSettings(Settings):
    """Settings of the channel. `base`: for robots named by a key alone; changed for a WeCom of one's own."""

    base: Annotated[str, Field(pattern=r"^https?://.*\{key\}")] = (
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}"
    )


class WeComChannel:
    """A text in a WeCom group."""

    def __init__(self, base: str, post: HttpPost) -> None:
        self._base = base
        self._post = post

    async def close(self) -> None:
        await self._post.close()

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        url, is_own = robot_url(to.address, self._base)
        text = plain(texts_of(notice, to.language), MOST_BYTES)
        body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await self._post.send(url, body, headers, now, judge=ANSWERS.judge, is_own=is_own)


def _open(settings: WeComSettings, network: Network) -> WeComChannel:
    return WeComChannel(settings.base, HttpPost(network))


CHANNEL = ChannelKind("wecom", WeComSettings, check_robot, _open, rate=Rate(20, 60.0), is_address_secret=True)
