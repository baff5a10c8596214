"""The robot of WeCom, held to the kit; its text is counted in bytes."""

import json

import pytest

from server.delivery.channel import Language
from server.delivery.channels.wecom import MOST_BYTES
from tests.contract.channel_kit import ALERT, AnyAddressKit, PlatformKit
from tests.support.webhooks import Answer, Received, receiving
from wire.words import SCREENING


def answer(code: int, message: str = "") -> Answer:
    return Answer(200, body=json.dumps({"errcode": code, "errmsg": message}).encode())


class TestWeCom(PlatformKit, AnyAddressKit):
    name = "wecom"

    def accepted(self) -> Answer:
        return answer(0, "ok")

    def refused(self) -> Answer:
        return answer(40008, "invalid message type")

    def throttled(self) -> Answer:
        return answer(45009, "api freq out of limit")

    def final(self) -> Answer:
        return answer(93000, "invalid webhook url")

    def text_of(self, request: Received) -> str:
        text = str(json.loads(request.body)["text"]["content"])
        assert len(text.encode()) <= MOST_BYTES
        return text

    @pytest.mark.parametrize("language", ["zh", "en", "both"])
    @pytest.mark.parametrize("long", ["长" * 3000, "x" * 3000, "😀" * 3000])
    def test_a_long_text_keeps_its_title_notice_and_link_within_the_bytes(self, language: Language, long: str) -> None:
        alert = ALERT.model_copy(update={"device": long, "commodity": long, "station_title": long})
        with receiving(lambda _: self.accepted()) as receiver:
            self.send(receiver.address, alert=alert, language=language, link="https://desk.example/#alert=1")
        text = self.text_of(receiver.received[0])
        assert "https://desk.example/#alert=1" in text
        assert (SCREENING.en if language == "en" else SCREENING.zh) in text
