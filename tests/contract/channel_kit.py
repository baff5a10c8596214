"""What every channel must keep, whatever it speaks. A channel's test class inherits this and says how to build it.

Deadlines are short where running into them is the point, and generous elsewhere.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from server.delivery.channel import Attempt, Channel, Message, Outcome, Recipient
from shian.local.ports import free_port
from tests.support.webhooks import Answer, receiving

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
MESSAGE = Message("0199b0de-0000-7000-8000-000000000001", '{"zh":"韭菜","en":"leek"}'.encode())
PATIENT_S = 30.0
HASTY_S = 0.5


class ChannelKit:
    """The conformance kit."""

    def build(self, *, attempt_s: float = PATIENT_S, allow_private: bool = True) -> Channel:
        raise NotImplementedError

    def recipient(self, address: str) -> Recipient:
        raise NotImplementedError

    def accepted(self) -> Answer:
        """What a receiver answers that takes the message."""
        raise NotImplementedError

    def send(self, address: str, *, attempt_s: float = PATIENT_S, allow_private: bool = True) -> Attempt:
        async def once() -> Attempt:
            channel = self.build(attempt_s=attempt_s, allow_private=allow_private)
            try:
                return await channel.send(self.recipient(address), MESSAGE, NOW)
            finally:
                await channel.close()

        return asyncio.run(once())

    def test_what_is_accepted_is_delivered(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            attempt = self.send(receiver.address)
        assert attempt.outcome is Outcome.DELIVERED
        assert attempt.duration_ms >= 0
        assert len(receiver.received) == 1

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
