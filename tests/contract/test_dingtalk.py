"""The robot of DingTalk, held to the kit; its signature against a computation of its own."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from server.delivery.channel import Outcome
from server.delivery.channels import channels
from tests.contract.channel_kit import ALERT, NOTICE, NOW, AnyAddressKit, PlatformKit
from tests.support.webhooks import Answer, Received, receiving

SECRET = "SEC000000000000000000000"


def answer(code: int, message: str = "") -> Answer:
    return Answer(200, body=json.dumps({"errcode": code, "errmsg": message}).encode())


class TestDingTalk(PlatformKit, AnyAddressKit):
    name = "dingtalk"
    secret = SECRET

    def accepted(self) -> Answer:
        return answer(0, "ok")

    def refused(self) -> Answer:
        return answer(310000, "sign not match")

    def throttled(self) -> Answer:
        return answer(130101, "send too fast")

    def final(self) -> Answer:
        return answer(300005, "token is not exist")

    def text_of(self, request: Received) -> str:
        said = json.loads(request.body)
        assert said["msgtype"] == "text"
        assert said["at"] == {"isAtAll": False}
        return str(said["text"]["content"])

    def test_the_address_carries_the_signature_of_the_moment(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            self.send(f"http://127.0.0.1:{receiver.port}/robot/send?access_token=abc")
        asked = parse_qs(urlsplit(receiver.received[0].path).query)
        at = str(int(NOW.timestamp() * 1000))
        made = hmac.digest(SECRET.encode(), f"{at}\n{SECRET}".encode(), hashlib.sha256)
        assert asked == {"access_token": ["abc"], "timestamp": [at], "sign": [base64.b64encode(made).decode()]}

    def test_a_key_alone_goes_to_the_base_of_the_settings_though_it_is_private(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            base = f"http://127.0.0.1:{receiver.port}/robot/send?access_token={{key}}"
            to = self.recipient("abcdef0123456789")
            attempt = self.once(to, NOTICE, allow_private=False, base=base)
        assert attempt.outcome is Outcome.DELIVERED
        assert "access_token=abcdef0123456789" in receiver.received[0].path

    def test_a_robot_without_a_secret_sends_no_signature(self) -> None:
        kind = channels()["dingtalk"]
        assert kind.secrets.of_new(None) is None
        with pytest.raises(ValueError, match="SEC"):
            kind.secrets.of_new("my password is long")

    def test_a_link_and_english_are_in_the_text_where_they_are_asked_for(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            self.send(receiver.address, alert=ALERT, language="both", link="https://desk.example/#alert=1")
        text = self.text_of(receiver.received[0])
        assert "https://desk.example/#alert=1" in text
        assert "East Gate Market" in text
        assert "东门市场" in text
