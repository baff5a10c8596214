"""Apprise, best effort: what it can promise, by one of its services that speaks to a local receiver."""

import json
from dataclasses import replace
from typing import Any

import pytest

from server.delivery.channel import Attempt, Outcome, Recipient
from server.delivery.message import AlertFacts
from shian.local.ports import free_port
from tests.contract.channel_kit import ALERT, HASTY_S, NOTICE, PATIENT_S, ChannelKit
from tests.support.webhooks import Answer, receiving

pytest.importorskip("apprise")


class TestApprise(ChannelKit):
    name = "apprise"

    def an_address(self) -> str:
        return "json://receiver.example/hook"

    def tell(self, port: int, *, attempt_s: float = PATIENT_S, **more: Any) -> Attempt:
        to = Recipient(f"json://127.0.0.1:{port}/hook", None)
        return self.once(to, replace(NOTICE, **more), attempt_s=attempt_s, services=["json"])

    def sent(self, alert: AlertFacts = ALERT, **more: Any) -> tuple[Attempt, str]:
        with receiving(lambda _: Answer(200, body=b"{}")) as receiver:
            attempt = self.tell(receiver.port, alert=alert, **more)
        said = json.loads(receiver.received[0].body)
        return attempt, f"{said['title']}\n{said['message']}"

    @pytest.mark.parametrize("status", [302, 400, 429, 500])
    def test_what_the_service_refuses_is_no_delivery(self, status: int) -> None:
        with receiving(lambda _: Answer(status)) as receiver:
            assert self.tell(receiver.port).outcome is Outcome.REJECTED

    def test_a_closed_port_is_no_delivery_and_a_silent_one_a_timeout(self) -> None:
        assert self.tell(free_port()).outcome is Outcome.REJECTED
        with receiving(lambda _: Answer(holds=True)) as receiver:
            attempt = self.tell(receiver.port, attempt_s=HASTY_S)
            receiver.ended.set()
        assert attempt.outcome is Outcome.TIMEOUT

    @pytest.mark.parametrize("address", ["file:///etc/passwd", "exec://x", "mailto://a@b.example"])
    def test_a_service_that_the_operator_did_not_list_is_not_used(self, address: str) -> None:
        attempt = self.once(Recipient(address, None), NOTICE, services=["json"])
        assert (attempt.outcome, attempt.is_final) == (Outcome.NOT_SET_UP, True)
