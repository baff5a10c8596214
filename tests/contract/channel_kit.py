"""The promises of every channel. A channel's test class inherits the kit that fits, and gives the answers of its
receivers.

Deadlines are short where running into them is the point, and generous elsewhere.
"""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

import pytest

from server.delivery.channel import Attempt, Language, Network, Notice, Outcome, Recipient
from server.delivery.channels import channels
from server.delivery.message import DRILL_NOTICE, AlertFacts
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
_LONGEST_S = 300.0


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return a loop that goes on, as the server's does: a connection by TLS ends when the other side has answered,
    which a loop that ends with its attempt does not wait for."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="channels", daemon=True).start()
    return loop


class ChannelKit:
    """The promises of every channel, whatever it speaks. `name`: the channel's folder. `has_notice`: its message has
    room for more than a title; `signature`: of the sender, which a carrier wants first."""

    name: ClassVar[str]
    secret: ClassVar[str | None] = None
    many: ClassVar[int] = 200
    has_notice: ClassVar[bool] = True
    signature: ClassVar[str] = ""

    def sent(self, alert: AlertFacts = ALERT, **more: Any) -> tuple[Attempt, str]:
        """Send to a receiver that takes it. Return the receipt, and what a person reads, in every language that it is
        in. `more`: fields of the notice."""
        raise NotImplementedError

    def an_address(self) -> str:
        """Return an address that somebody may subscribe."""
        raise NotImplementedError

    def once(
        self,
        to: Recipient,
        notice: Notice,
        *,
        attempt_s: float = PATIENT_S,
        allow_private: bool = True,
        **settings: Any,
    ) -> Attempt:
        kind = channels()[self.name]

        async def once() -> Attempt:
            channel = kind.open(kind.settings.model_validate(settings), Network(attempt_s, allow_private))
            try:
                return await channel.send(to, notice, NOW)
            finally:
                await channel.close()

        return asyncio.run_coroutine_threadsafe(once(), _loop()).result(_LONGEST_S)

    def recipient(self, address: str) -> Recipient:
        return Recipient(address, self.secret)

    def received(self, alert: AlertFacts, **more: Any) -> str:
        """Send, and return what a person reads."""
        attempt, text = self.sent(alert, **more)
        assert attempt.outcome is Outcome.DELIVERED, attempt
        return text

    def test_what_is_accepted_is_delivered(self) -> None:
        attempt, _ = self.sent()
        assert attempt.outcome is Outcome.DELIVERED, attempt
        assert attempt.duration_ms >= 0

    def test_a_person_reads_what_failed_where_and_that_it_is_a_screening(self) -> None:
        text = self.received(ALERT)
        for said in ("韭菜", "4711", "63.1", "东门市场", RULES["failed_test"].zh, SCREENING.zh):
            assert said in text, said

    def test_news_that_comes_late_says_when_the_test_was_made_and_how_late_it_came(self) -> None:
        text = self.received(ALERT.model_copy(update={"caused_at": NOW - timedelta(hours=3, minutes=10)}))
        for said in ("2026-03-01 13:20", "3 小时 10 分钟"):
            assert said in text, said
        assert "迟到" not in self.received(ALERT.model_copy(update={"caused_at": NOW - timedelta(minutes=4)}))

    def test_the_word_drill_stands_before_anything_else_and_the_notice_stays(self) -> None:
        facts = {**ALERT.facts, "drill": "1", "title": "spring"}
        for rule, more in (("failed_test", {}), ("drill", {"drill_of": "failed_test"})):
            text = self.received(ALERT.model_copy(update={"rule": rule, "facts": facts | more}))
            assert text.removeprefix(self.signature).startswith(("【演练】", "[DRILL]")), text
            if self.has_notice:
                assert DRILL_NOTICE.zh in text

    def test_every_rule_is_rendered_whatever_its_facts(self) -> None:
        for rule in (*RULES, "rule-of-a-later-version"):
            of_rule = ALERT.model_copy(update={"rule": rule, "facts": {}, "item": "", "event": None})
            assert (RULES[rule].zh if rule in RULES else rule) in self.received(of_rule)

    def test_text_of_others_is_sent_as_it_is(self) -> None:
        hostile = '"\\\n</b>{{x}}\x1b[2J*_`@all' + "长" * 5000
        text = self.received(ALERT.model_copy(update={"commodity": hostile}))
        assert "{{x}}" in text

    def test_many_alerts_in_one_message_are_counted_and_none_is_hidden(self) -> None:
        others = tuple(ALERT.model_copy(update={"commodity": f"菜{number}"}) for number in range(1, self.many))
        text = self.received(ALERT, others=others)
        assert str(self.many) in text or text.count("东门市场") == self.many
        assert SCREENING.zh in text

    def test_an_address_is_checked_when_somebody_subscribes(self) -> None:
        kind = channels()[self.name]
        kind.check_address(self.an_address())
        for bad in ("no sense", "", "a\r\nb", "\x00"):
            with pytest.raises(ValueError):
                kind.check_address(bad)


class HttpChannelKit(ChannelKit):
    """The promises of a channel that speaks HTTP. `gone`: statuses that end a subscription."""

    gone: ClassVar[frozenset[int]] = frozenset()

    def accepted(self) -> Answer:
        """Return what a receiver answers that takes the message."""
        raise NotImplementedError

    def text_of(self, request: Received) -> str:
        """Return what a person reads of the request, in every language that it is in."""
        raise NotImplementedError

    def address_for(self, url: str) -> str:
        """Return the address of a recipient who is reached at a URL."""
        return url

    def settings_for(self, url: str) -> dict[str, Any]:
        """Return the settings by which a recipient is reached at a URL."""
        del url
        return {}

    def an_address(self) -> str:
        return self.address_for("https://receiver.example/hook")

    def sent(self, alert: AlertFacts = ALERT, **more: Any) -> tuple[Attempt, str]:
        with receiving(lambda _: self.accepted()) as receiver:
            attempt = self.send(receiver.address, alert=alert, **more)
        assert len(receiver.received) == 1, attempt
        return attempt, self.text_of(receiver.received[0])

    def send(
        self,
        url: str,
        *,
        attempt_s: float = PATIENT_S,
        allow_private: bool = True,
        alert: AlertFacts = ALERT,
        language: Language = "zh",
        **more: Any,
    ) -> Attempt:
        to = Recipient(self.address_for(url), self.secret, language)
        notice = replace(NOTICE, alert=alert, **more)
        settings = self.settings_for(url)
        return self.once(to, notice, attempt_s=attempt_s, allow_private=allow_private, **settings)

    @pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 410, 429, 500, 502, 503])
    def test_any_other_status_is_not_delivered(self, status: int) -> None:
        with receiving(lambda _: Answer(status, body=b"no\x00 \xff thanks")) as receiver:
            attempt = self.send(receiver.address)
        expected = Outcome.GONE if status in self.gone else Outcome.HTTP_STATUS
        assert (attempt.outcome, attempt.status) == (expected, status)
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


class AnyAddressKit(HttpChannelKit):
    """The promises of a channel whose subscribers name the URL: it must not become a way into this network."""

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


class PlatformKit(HttpChannelKit):
    """The promises of a channel whose receiver answers 200 whatever happened: what counts is what the body says."""

    def refused(self) -> Answer:
        """Return the answer with an error that another attempt may not have."""
        raise NotImplementedError

    def throttled(self) -> Answer:
        """Return the answer that asks for less."""
        raise NotImplementedError

    def final(self) -> Answer:
        """Return the answer with an error that no further attempt can change."""
        raise NotImplementedError

    @pytest.mark.parametrize(
        ("answer", "outcome", "is_final"),
        [
            ("refused", Outcome.REJECTED, False),
            ("throttled", Outcome.THROTTLED, False),
            ("final", Outcome.REJECTED, True),
        ],
    )
    def test_an_error_in_the_body_is_no_delivery_whatever_the_status(
        self, answer: str, outcome: Outcome, *, is_final: bool
    ) -> None:
        with receiving(lambda _: getattr(self, answer)()) as receiver:
            attempt = self.send(receiver.address)
        assert (attempt.outcome, attempt.status, attempt.is_final) == (outcome, 200, is_final)
        assert attempt.code
        if outcome is Outcome.THROTTLED:
            assert attempt.retry_after_s

    @pytest.mark.parametrize(
        "body", [b"", b"ok", b"<html>", b"[]", b"null", b"{}", b'{"errcode":', b"[" * 4000, b"\xff\xfe"]
    )
    def test_a_body_that_says_neither_yes_nor_no_is_garbage(self, body: bytes) -> None:
        with receiving(lambda _: Answer(200, body=body)) as receiver:
            attempt = self.send(receiver.address)
        assert (attempt.outcome, attempt.status) == (Outcome.GARBAGE, 200)
        assert len(attempt.detail) <= 200
