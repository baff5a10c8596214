"""The robot of a WeCom group: plain text of 2,048 bytes of UTF-8 at most.

https://developer.work.weixin.qq.com/document/path/91770: the key in the address is all there is to it; at most 20
messages a minute; HTTP 200 whatever happened, `errcode` 0 alone is success.
"""

from datetime import datetime

from process.settings import Settings
from server.delivery.channel import ChannelKind, Network, Notice, Rate, Recipient
from server.delivery.platform_answer import Answers
from server.delivery.robot import Base, Letter, RobotChannel, check_robot
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

    base: Base = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}"


def _write(to: Recipient, notice: Notice, _now: datetime) -> Letter:
    text = plain(texts_of(notice, to.language), MOST_BYTES)
    return Letter({"msgtype": "text", "text": {"content": text}})


def _open(settings: WeComSettings, network: Network) -> RobotChannel:
    return RobotChannel(settings.base, ANSWERS, _write, network)


CHANNEL = ChannelKind(
    "wecom", WeComSettings, check_robot, _open, rate=Rate(20, 60.0), is_address_secret=True, most_bytes=MOST_BYTES
)
