"""Short messages by Alibaba Cloud's SDK, against a local receiver that speaks as its gateway does."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.delivery.channel import Attempt, Outcome, Recipient
from server.delivery.message import AlertFacts
from shian.local.ports import free_port
from tests.contract.channel_kit import ALERT, HASTY_S, NOTICE, PATIENT_S, ChannelKit
from tests.support.webhooks import Answer, Received, receiving

pytest.importorskip("alibabacloud_dysmsapi20170525")


def answer(code: str, message: str = "") -> Answer:
    said = {"Code": code, "Message": message, "BizId": "900619746936498440^0", "RequestId": "F655A8D5"}
    return Answer(200, (("Content-Type", "application/json"),), json.dumps(said).encode())


class TestAliyunSms(ChannelKit):
    name = "aliyun_sms"
    has_notice = False  # its template, which the platform approves, says the rest

    @pytest.fixture(autouse=True)
    def _key(self, tmp_path: Path) -> None:
        self.key_file = tmp_path / "key"
        self.key_file.write_text("secret\n")

    def an_address(self) -> str:
        return "+8613800000000"

    def send_to(self, port: int, notice: Any = NOTICE, attempt_s: float = PATIENT_S) -> Attempt:
        return self.once(
            Recipient(self.an_address(), None),
            notice,
            attempt_s=attempt_s,
            key_id="LTAI",
            key_file=self.key_file,
            endpoint=f"127.0.0.1:{port}",
            protocol="http",
            sign_name="食安",
            template="SMS_1",
        )

    def sent(self, alert: AlertFacts = ALERT, **more: Any) -> tuple[Attempt, str]:
        with receiving(lambda _: answer("OK", "OK")) as receiver:
            attempt = self.send_to(receiver.port, replace(NOTICE, alert=alert, **more))
        values = values_of(receiver.received[0])
        assert all(len(value) <= 36 for value in (values["title"], values["late"]))
        return attempt, values["title"] + values["late"]

    def test_a_person_reads_what_failed_where_and_that_it_is_a_screening(self) -> None:
        # A variable has 35 characters; the words of the template, which the platform approves, say the rest.
        text = self.received(ALERT)
        assert "快检初筛不合格" in text
        assert "韭菜" in text

    def test_many_alerts_in_one_message_are_counted_and_none_is_hidden(self) -> None:
        assert "200" in self.received(ALERT, others=(ALERT,) * 199)

    @pytest.mark.parametrize(
        ("code", "outcome", "is_final"),
        [
            ("isv.AMOUNT_NOT_ENOUGH", Outcome.REJECTED, False),
            ("isv.BUSINESS_LIMIT_CONTROL", Outcome.THROTTLED, False),
            ("isv.MOBILE_NUMBER_ILLEGAL", Outcome.REJECTED, True),
        ],
    )
    def test_an_error_in_the_body_is_no_delivery(self, code: str, outcome: Outcome, *, is_final: bool) -> None:
        with receiving(lambda _: answer(code, "no")) as receiver:
            attempt = self.send_to(receiver.port)
        assert (attempt.outcome, attempt.code, attempt.is_final) == (outcome, code, is_final)

    @pytest.mark.parametrize(
        "bad", [Answer(200, body=b"garbage"), Answer(500, body=b"no"), Answer(429), Answer(raw=b""), Answer(302)]
    )
    def test_whatever_else_comes_is_no_delivery_and_nothing_is_raised(self, bad: Answer) -> None:
        with receiving(lambda _: bad) as receiver:
            attempt = self.send_to(receiver.port)
        assert attempt.outcome not in (Outcome.DELIVERED, Outcome.NOT_SET_UP)
        assert len(attempt.detail) <= 200

    def test_a_slow_gateway_is_a_timeout_and_a_closed_port_a_connection_failure(self) -> None:
        with receiving(lambda _: Answer(holds=True)) as receiver:
            assert self.send_to(receiver.port, attempt_s=HASTY_S).outcome is Outcome.TIMEOUT
        assert self.send_to(free_port()).outcome is Outcome.CONNECTION

    def test_the_receipt_names_the_message(self) -> None:
        attempt, _ = self.sent()
        assert attempt.remote_id == "900619746936498440^0"


def values_of(request: Received) -> dict[str, str]:
    asked = {**parse_qs(urlsplit(request.path).query), **parse_qs(request.body.decode())}
    values: dict[str, str] = json.loads(asked["TemplateParam"][0])
    return values
