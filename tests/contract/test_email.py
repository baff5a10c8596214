"""The e-mail channel against a real SMTP server (aiosmtpd), and servers that misbehave."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from server.delivery.channel import Attempt, Language, Outcome, Recipient
from server.delivery.message import AlertFacts
from shian.local.ports import free_port
from tests.contract.channel_kit import ALERT, HASTY_S, NOTICE, PATIENT_S, ChannelKit
from tests.support.certificates import certificate
from tests.support.webhooks import Answer, receiving

TO = "duty@office.example"


@dataclass
class Mailbox:
    """An SMTP server's handler. `answers`: what it says to each command instead of yes."""

    answers: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802  the name that aiosmtpd asks for
        self, _s: SMTP, _: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802  the name that aiosmtpd asks for
        self, _s: SMTP, _: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return self.answers.get("DATA", "250 2.0.0 Ok: queued as 4R5x")


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox(options.pop("answers", {}))
    mailbox.port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, tls_context=tls, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


class TestEmail(ChannelKit):
    name = "email"

    def an_address(self) -> str:
        return TO

    def post(self, port: int, *, attempt_s: float = PATIENT_S, language: Language = "zh", **settings: Any) -> Attempt:
        notice = replace(NOTICE, **settings.pop("notice", {}))
        known: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "desk@shian.example"}
        return self.once(Recipient(TO, None, language), notice, attempt_s=attempt_s, **(known | settings))

    def sent(self, alert: AlertFacts = ALERT, **more: Any) -> tuple[Attempt, str]:
        with mail_server() as mailbox:
            attempt = self.post(mailbox.port, notice={"alert": alert, **more})
        mail = mailbox.mails[0]
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text
        assert html
        assert "<ul>" in html.get_content()
        return attempt, f"{mail['Subject']}\n{text.get_content()}"

    def test_a_mail_is_one_message_for_all_attempts_and_nobody_answers_it(self) -> None:
        with mail_server() as mailbox:
            attempt = self.post(mailbox.port)
            self.post(mailbox.port)
        assert attempt.remote_id == "2.0.0 Ok: queued as 4R5x"
        assert {mail["Message-ID"] for mail in mailbox.mails} == {f"<{NOTICE.id}@shian.example>"}
        assert {mail["Auto-Submitted"] for mail in mailbox.mails} == {"auto-generated"}
        assert mailbox.mails[0]["To"] == TO

    def test_text_of_others_is_escaped_in_html_and_cannot_add_a_header(self) -> None:
        hostile = ALERT.model_copy(update={"commodity": "<script>x</script>\r\nBcc: all@example.org"})
        with mail_server() as mailbox:
            self.post(mailbox.port, notice={"alert": hostile, "link": "https://desk.example/?a=1&b=2"})
        mail = mailbox.mails[0]
        page = mail.get_body(("html",))
        assert page
        assert "<script>" not in page.get_content()
        assert 'href="https://desk.example/?a=1&amp;b=2"' in page.get_content()
        assert mail["Bcc"] is None

    @pytest.mark.parametrize("command", ["RCPT", "DATA"])
    @pytest.mark.parametrize(("code", "is_final"), [(451, False), (550, True)])
    def test_a_refusal_has_its_code_and_a_permanent_one_ends_it(
        self, command: str, code: int, *, is_final: bool
    ) -> None:
        with mail_server(answers={command: f"{code} no such luck"}) as mailbox:
            attempt = self.post(mailbox.port)
        assert (attempt.outcome, attempt.code, attempt.is_final) == (Outcome.REJECTED, str(code), is_final)
        assert "no such luck" in attempt.detail

    def test_a_certificate_that_is_not_trusted_is_a_tls_failure_and_a_trusted_one_is_used(self, tmp_path: Path) -> None:
        tls, _ = certificate("localhost", tmp_path)
        with mail_server(tls, require_starttls=True) as mailbox:
            assert self.post(mailbox.port, tls="starttls", host="localhost").outcome is Outcome.TLS
            trusted = tmp_path / "certificate.pem"
            attempt = self.post(mailbox.port, tls="starttls", host="localhost", ca_file=trusted)
        assert attempt.outcome is Outcome.DELIVERED
        assert len(mailbox.mails) == 1

    def test_the_password_comes_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "password").write_text("sesame\n")
        seen = []

        def check(_server: SMTP, _s: Session, _e: Envelope, _mechanism: str, data: Any) -> AuthResult:
            seen.append((data.login, data.password))
            return AuthResult(success=True)

        with mail_server(authenticator=check, auth_require_tls=False) as mailbox:
            attempt = self.post(mailbox.port, username="desk", password_file=tmp_path / "password")
        assert attempt.outcome is Outcome.DELIVERED
        assert seen == [(b"desk", b"sesame")]

    def test_a_server_that_is_silent_closed_or_no_mail_server_has_its_name(self) -> None:
        with receiving(lambda _: Answer(holds=True)) as silent:
            assert self.post(silent.port, attempt_s=HASTY_S).outcome is Outcome.TIMEOUT
        assert self.post(free_port()).outcome is Outcome.CONNECTION
        assert self.post(free_port(), host="no-such-name.invalid").outcome is Outcome.CONNECTION

    def test_without_a_server_nothing_is_sent_and_the_receipt_says_so(self) -> None:
        attempt = self.once(Recipient(TO, None), NOTICE)
        assert (attempt.outcome, attempt.is_final) == (Outcome.NOT_SET_UP, True)
