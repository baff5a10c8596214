"""The robot of Feishu, held to the kit; its signature against a computation of its own."""

import base64
import hashlib
import hmac
import json

from tests.contract.channel_kit import ALERT, NOW, AnyAddressKit, PlatformKit
from tests.support.webhooks import Answer, Received, receiving

SECRET = "a-secret-of-feishu"


def answer(code: int, message: str = "") -> Answer:
    return Answer(200, body=json.dumps({"code": code, "msg": message, "data": {}}).encode())


class TestFeishu(PlatformKit, AnyAddressKit):
    name = "feishu"
    secret = SECRET

    def accepted(self) -> Answer:
        return answer(0, "success")

    def refused(self) -> Answer:
        return answer(19021, "sign match fail or timestamp is not within one hour from current time")

    def throttled(self) -> Answer:
        return answer(11232, "frequency limited")

    def final(self) -> Answer:
        return answer(19001, "param invalid: incoming webhook access token invalid")

    def text_of(self, request: Received) -> str:
        said = json.loads(request.body)
        assert said["msg_type"] == "post"
        assert len(request.body) < 20_000
        parts = said["content"]["post"].values()
        words = []
        for part in parts:
            words += [part["title"], *(one["text"] for line in part["content"] for one in line)]
        return "\n".join(words)

    def test_the_body_carries_the_signature_of_the_moment(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            self.send(receiver.address)
        said, at = json.loads(receiver.received[0].body), str(int(NOW.timestamp()))
        made = hmac.digest(f"{at}\n{SECRET}".encode(), b"", hashlib.sha256)
        assert (said["timestamp"], said["sign"]) == (at, base64.b64encode(made).decode())

    def test_a_mention_among_the_text_of_others_calls_nobody(self) -> None:
        alert = ALERT.model_copy(update={"commodity": '<at user_id="all">all</at>'})
        with receiving(lambda _: self.accepted()) as receiver:
            self.send(receiver.address, alert=alert)
        said = json.loads(receiver.received[0].body)
        tags = {one["tag"] for line in said["content"]["post"]["zh_cn"]["content"] for one in line}
        assert tags == {"text"}

    def test_the_older_form_of_success_is_understood(self) -> None:
        old = Answer(200, body=b'{"StatusCode":0,"StatusMessage":"success"}')
        with receiving(lambda _: old) as receiver:
            assert self.send(receiver.address).outcome == "delivered"
