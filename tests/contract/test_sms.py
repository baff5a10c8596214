"""Short messages by a gateway that the settings describe, held to the kit."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from server.delivery.channel import Outcome, Recipient
from tests.contract.channel_kit import ALERT, NOTICE, PlatformKit
from tests.support.webhooks import Answer, Received, receiving


def answer(code: str, message: str = "") -> Answer:
    return Answer(200, body=json.dumps({"result": {"status": code, "id": "m-17"}, "reason": message}).encode())


class TestSms(PlatformKit):
    name = "sms"
    signature = "【食安】"

    def accepted(self) -> Answer:
        return answer("0")

    def refused(self) -> Answer:
        return answer("7", "try later")

    def throttled(self) -> Answer:
        return answer("busy", "slow down")

    def final(self) -> Answer:
        return answer("blocked", "no such number")

    def address_for(self, url: str) -> str:
        del url
        return "+8613800000000"

    def settings_for(self, url: str) -> dict[str, Any]:
        return {
            "url": url,
            "fields": {"mobile": "{phone}", "content": "【食安】{text}", "ext": "{id}"},
            "code_at": "result.status",
            "good": ("0",),
            "message_at": "reason",
            "id_at": "result.id",
            "throttled": ("busy",),
            "final": ("blocked",),
        }

    def text_of(self, request: Received) -> str:
        said = json.loads(request.body)
        assert said["mobile"] == "+8613800000000"
        assert said["ext"] == NOTICE.id
        return str(said["content"])

    def test_the_gateway_names_the_message(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            assert self.send(receiver.address).remote_id == "m-17"

    def test_the_gateway_may_lie_in_the_operators_own_network(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            assert self.send(receiver.address, allow_private=False).outcome is Outcome.DELIVERED

    def test_a_form_with_a_secret_of_the_channel(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("sesame\n")
        more = {
            "encoding": "form",
            "secret_file": tmp_path / "secret",
            "headers": {"Authorization": "Bearer {secret}"},
        }
        alert = ALERT.model_copy(update={"commodity": "{secret}"})
        with receiving(lambda _: self.accepted()) as receiver:
            notice = NOTICE.__class__(NOTICE.id, alert, "desk")
            settings = self.settings_for(receiver.address) | more
            self.once(Recipient(self.address_for(""), None), notice, **settings)
        request = receiver.received[0]
        assert request.headers["authorization"] == "Bearer sesame"
        assert "sesame" not in parse_qs(request.body.decode())["content"][0]

    def test_without_a_gateway_nothing_is_sent_and_the_receipt_says_so(self) -> None:
        attempt = self.once(Recipient("13800000000", None), NOTICE)
        assert (attempt.outcome, attempt.is_final) == (Outcome.NOT_SET_UP, True)
