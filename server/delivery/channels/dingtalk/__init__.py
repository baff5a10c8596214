"""The robot of a DingTalk group: plain text, signed where the robot asks for it.

https://open.dingtalk.com/document/robots/custom-robot-access: the signature is base64 of HMAC-SHA256 (by the secret, of
"milliseconds, line feed, secret") in the address; at most 20 messages a minute; HTTP 200 whatever happened, `errcode` 0
alone is success.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

from process.settings import Settings
from server.delivery.channel import ChannelKind, Network, Notice, Rate, Recipient, Secrets
from server.delivery.platform_answer import Answers
from server.delivery.robot import Base, Letter, RobotChannel, check_robot
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

    base: Base = "https://oapi.dingtalk.com/robot/send?access_token={key}"


def _write(to: Recipient, notice: Notice, now: datetime) -> Letter:
    text = plain(texts_of(notice, to.language), _MOST_BYTES)
    # isAtAll is said, so that an "@" among the text of others calls nobody.
    body = {"msgtype": "text", "text": {"content": text}, "at": {"isAtAll": False}}
    return Letter(body, _signature(to.secret, now) if to.secret else "")


def _signature(secret: str, now: datetime) -> str:
    at = str(int(now.timestamp() * 1000))
    made = hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()
    return f"timestamp={at}&sign={quote(base64.b64encode(made), safe='')}"


def _check_secret(secret: str) -> None:
    if not secret.startswith("SEC") or len(secret) < 16 or not secret.isascii():
        raise ValueError("a DingTalk robot's secret begins with SEC")


def _open(settings: DingTalkSettings, network: Network) -> RobotChannel:
    return RobotChannel(settings.base, ANSWERS, _write, network)


CHANNEL = ChannelKind(
    "dingtalk",
    DingTalkSettings,
    check_robot,
    _open,
    Secrets(check=_check_secret, is_optional=True),
    Rate(20, 60.0),
    is_address_secret=True,
    most_bytes=_MOST_BYTES,
)
