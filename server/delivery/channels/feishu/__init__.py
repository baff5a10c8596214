"""The robot of a Feishu group: a rich text whose parts are taken literally, signed where the robot asks for it.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: the signature is base64 of HMAC-SHA256 of nothing, by
the key "seconds, line feed, secret" (DingTalk's is the other way round); 100 messages a minute and 5 a second; `code` 0
alone is success.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from process.settings import Settings
from server.delivery.channel import ChannelKind, Network, Notice, Rate, Recipient, Secrets
from server.delivery.platform_answer import Answers
from server.delivery.robot import Base, Letter, RobotChannel, check_robot
from server.delivery.texts.text import Text, cut, texts_of

# A request may have 20 KB.
_MOST_BYTES = 6_000
_NAMES = {"zh": "zh_cn", "en": "en_us"}
ANSWERS = Answers(
    code=("code", "StatusCode"),
    good=("0",),
    message=("msg", "StatusMessage"),
    throttled=("11232", "11247", "99991400"),
    # The hook's token is not valid (any more).
    final=("19001", "19002"),
)


class FeishuSettings(Settings):
    """Settings of the channel. `base`: for robots named by a key alone; changed for Lark or one's own cloud."""

    base: Base = "https://open.feishu.cn/open-apis/bot/v2/hook/{key}"


def _write(to: Recipient, notice: Notice, now: datetime) -> Letter:
    # Not `text`, in which <at user_id="all"> of somebody else would call the whole group.
    content = {_NAMES[text.language]: _post(text) for text in texts_of(notice, to.language)}
    body = {"msg_type": "post", "content": {"post": content}}
    return Letter(body | (_signature(to.secret, now) if to.secret else {}))


def _post(text: Text) -> dict[str, Any]:
    said = cut("\n".join(text.lines), _MOST_BYTES).split("\n")
    lines: list[list[dict[str, str]]] = [[{"tag": "text", "text": line}] for line in (*said, text.notice) if line]
    lines += [[{"tag": "a", "text": words.replace("{link}", "").strip(" :："), "href": to}] for words, to in text.links]
    return {"title": text.title, "content": lines}


def _signature(secret: str, now: datetime) -> dict[str, str]:
    at = str(int(now.timestamp()))
    made = hmac.new(f"{at}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": at, "sign": base64.b64encode(made).decode()}


def _check_secret(secret: str) -> None:
    if len(secret) < 8 or not secret.isascii():
        raise ValueError("not the secret of a Feishu robot")


def _open(settings: FeishuSettings, network: Network) -> RobotChannel:
    return RobotChannel(settings.base, ANSWERS, _write, network)


CHANNEL = ChannelKind(
    "feishu",
    FeishuSettings,
    check_robot,
    _open,
    Secrets(check=_check_secret, is_optional=True),
    # 5 a second and 100 a minute, in one number: 60 a minute, 5 within any second.
    Rate(5, 5.0),
    is_address_secret=True,
    most_bytes=_MOST_BYTES,
)
