"""The promises of every channel. A channel's test class inherits this and gives the answers of its receivers.

Deadlines are short where running into them is the point, and generous elsewhere.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar
from uuid import UUID

import pytest

from server.delivery.channel import Attempt, Network, Notice, Outcome, Recipient
from server.delivery.channels import channels
from server.delivery.message import AlertFacts
from shian.local.ports import free_port
from tests.support.webhooks import Answer, Received, receiving
from wire.words import RULES, SCREENING

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ALERT = AlertFacts(
    id=UUID("0199b0de-0000-7000-8000-00000000000a"),
    rule="failed_test",
    severity="critical",
    state="open",
    station="market-1",
    station_title="东门市场",
    station_title_en="East Gate Market",
    device="tester-1",
    item="pesticide_inhibition",
    sample="4711",
    commodity="韭菜",
    event=UUID("0199b0de-0000-7000-8000-00000000000b"),
    facts={"value": 63.1, "value_text": "63.1", "unit": "%", "verdict": "fail"},
    opened_at=NOW,
    updated_at=NOW,
)
NOTICE = Notice("0199b0de-0000-7000-8000-000000000001", ALERT, "the desk")
PATIENT_S = 30.0
HASTY_S = 0.5


class ChannelKit:
    """The conformance kit. `name`: the channel's folder."""

    name: ClassVar[str]
    secret: ClassVar[str | None] = None

    def accepted(self) -> Answer:
        """Return what a receiver answers that takes the message."""
        raise NotImplementedError

    def text_of(self, request: Received) -> str:
        """Return what a person reads of the request, in every language that it is in."""
        raise NotImplementedError

    def send(
        self,
        address: str,
        *,
        attempt_s: float = PATIENT_S,
        allow_private: bool = True,
        alert: AlertFacts = ALERT,
    ) -> Attempt:
        kind = channels()[self.name]

        async def once() -> Attempt:
            channel = kind.open(kind.settings(), Network(attempt_s, allow_private))
            try:
                notice = replace(NOTICE, alert=alert)
                return await channel.send(Recipient(address, self.secret), notice, NOW)
            finally:
                await channel.close()

        return asyncio.run(once())

    def test_what_is_accepted_is_delivered(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            attempt = self.send(receiver.address)
        assert attempt.outcome is Outcome.DELIVERED
        assert attempt.duration_ms >= 0
        assert len(receiver.received) == 1

    def received(self, alert: AlertFacts) -> str:
        """Send, and return what a person reads."""
        with receiving(lambda _: self.accepted()) as receiver:
            assert self.send(receiver.address, alert=alert).outcome is Outcome.DELIVERED
        return self.text_of(receiver.received[0])

    def test_a_person_reads_what_failed_where_and_that_it_is_a_screening(self) -> None:
        text = self.received(ALERT)
        for said in ("韭菜", "4711", "63.1", "东门市场", RULES["failed_test"].zh, SCREENING.zh):
            assert said in text, said

    @pytest.mark.parametrize("rule", [*RULES, "rule-of-a-later-version"])
    def test_every_rule_is_rendered_whatever_its_facts(self, rule: str) -> None:
        of_rule = ALERT.model_copy(update={"rule": rule, "facts": {}, "item": "", "event": None})
        text = self.received(of_rule)
        assert (RULES[rule].zh if rule in RULES else rule) in text

    def test_text_of_others_is_sent_as_it_is(self) -> None:
        hostile = '"\\\n</b>{{x}}\x1b[2J*_`@all' + "长" * 5000
        text = self.received(ALERT.model_copy(update={"commodity": hostile}))
        assert "{{x}}" in text

    def test_an_address_is_checked_when_somebody_subscribes(self) -> None:
        kind = channels()[self.name]
        with receiving() as receiver:
            kind.check_address(receiver.address)
        with pytest.raises(ValueError, match=r"URL|address"):
            kind.check_address("nonsense")

    @pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 410, 429, 500, 502, 503])
    def test_any_other_status_is_not_delivered(self, status: int) -> None:
        with receiving(lambda _: Answer(status, body=b"no\x00 \xff thanks")) as receiver:
            attempt = self.send(receiver.address)
        assert (attempt.outcome, attempt.status) == (Outcome.HTTP_STATUS, status)
        assert attempt.detail.isprintable()

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, status: int) -> None:
        with receiving(lambda _: self.accepted()) as elsewhere:
            redirect = Answer(status, (("Location", elsewhere.address),))
            with receiving(lambda _: redirect) as receiver:
                attempt = self.send(receiver.address)
        assert (attempt.outcome, attempt.status) == (Outcome.HTTP_STATUS, status)
        assert elsewhere.received == []

    @pytest.mark.parametrize("answer", [Answer(holds=True), Answer(drips=True)])
    def test_a_receiver_that_does_not_answer_in_time_is_a_timeout(self, answer: Answer) -> None:
        with receiving(lambda _: answer) as receiver:
            attempt = self.send(receiver.address, attempt_s=HASTY_S)
        assert attempt.outcome is Outcome.TIMEOUT

    def test_a_closed_port_is_a_connection_failure(self) -> None:
        assert self.send(f"http://127.0.0.1:{free_port()}/").outcome is Outcome.CONNECTION

    def test_an_unknown_name_is_a_connection_failure(self) -> None:
        assert self.send("http://no-such-name.invalid/").outcome is Outcome.CONNECTION

    @pytest.mark.parametrize("raw", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200", b"\x00" * 100])
    def test_an_answer_that_is_not_http_is_a_connection_failure(self, raw: bytes) -> None:
        with receiving(lambda _: Answer(raw=raw)) as receiver:
            assert self.send(receiver.address).outcome is Outcome.CONNECTION

    def test_a_port_that_does_not_speak_tls_is_a_tls_failure(self) -> None:
        with receiving() as receiver:
            attempt = self.send(receiver.address.replace("http://", "https://"))
        assert attempt.outcome is Outcome.TLS
        assert receiver.received == []

    def test_a_private_address_is_refused_unless_it_is_allowed(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            attempt = self.send(receiver.address, allow_private=False)
        assert attempt.outcome is Outcome.REFUSED_ADDRESS
        assert receiver.received == []

    @pytest.mark.parametrize(
        "address",
        [
            *(
                "",
                "nonsense",
                "ftp://127.0.0.1/",
                "file:///etc/passwd",
                "http://",
                "http://:80/",
                "http://127.0.0.1:0/",
            ),
            *("http://user:word@127.0.0.1/", "http://127.0.0.1:99999/", "http://[::1", "http://a b/", "http://\x00/"),
            *("http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://0.0.0.0/", "http://224.0.0.1/"),
            *("http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/"),
        ],
    )
    def test_an_address_that_is_never_sent_to_is_refused_and_nothing_is_raised(self, address: str) -> None:
        assert self.send(address).outcome is Outcome.REFUSED_ADDRESS

    def test_a_long_answer_is_not_read_to_its_end(self) -> None:
        with receiving(lambda _: Answer(500, body=b"x" * 50_000_000)) as receiver:
            attempt = self.send(receiver.address)
        assert attempt.outcome is Outcome.HTTP_STATUS
        assert len(attempt.detail) <= 200

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("120", 120.0),
            (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300.0),
            (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0.0),
            ("soon", None),
            ("-1", None),
            ("9" * 400, 999_999_999.0),
        ],
    )
    def test_a_wish_to_be_left_alone_is_reported(self, text: str, seconds: float | None) -> None:
        with receiving(lambda _: Answer(503, (("Retry-After", text),))) as receiver:
            assert self.send(receiver.address).retry_after_s == seconds
