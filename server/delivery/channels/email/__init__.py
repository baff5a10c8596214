"""The e-mail channel: one message in HTML and text, by a mail server that the settings name. Success is the server's
250 for the whole message; its words are the remote id."""

import asyncio
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Annotated, Literal

import aiosmtplib
from pydantic import Field

from process.connections import read_secret
from process.named_files import CertificateFile, SecretFile
from process.settings import Settings
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Rate, Recipient
from server.delivery.channels.email.page import html
from server.delivery.texts.text import plain, texts_of

_MOST_BYTES = 60_000
_MOST = 200
_NOT_SET_UP = Attempt(Outcome.NOT_SET_UP, detail="[delivery.channels.email] names no server", is_final=True)


class EmailSettings(Settings):
    """The mail server and the sender."""

    host: Annotated[str, Field(description="of the mail server; empty: no mail is sent")] = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Annotated[
        Literal["starttls", "tls", "none"], Field(description="none: only within one machine or network")
    ] = "starttls"
    ca_file: Annotated[CertificateFile | None, Field(description="trusted instead of the system's store")] = None
    username: str = ""
    password_file: SecretFile | None = None
    sender: Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$")] = "shian@localhost"
    sender_name: str = "食安 Shian"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that goes by mail. `id` is the same at every attempt; `name`: that of the file."""

    id: str
    subject: str
    text: str
    name: str
    media_type: str
    content: bytes


class EmailChannel:
    """A mail to one address."""

    def __init__(self, settings: EmailSettings, password: str | None, network: Network) -> None:
        self._settings = settings
        self._password = password
        self._network = network
        self._tls = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)

    async def close(self) -> None: ...

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        if not self._settings.host:
            return _NOT_SET_UP
        return await self._timed(to.address, self._mail(to, notice, now), self._network.attempt_s)

    async def post(self, address: str, parcel: Parcel, now: datetime, *, within_s: float) -> Attempt:
        """Try once to send a file. Raises only for our own mistakes."""
        if not self._settings.host:
            return _NOT_SET_UP
        mail = self._envelope(address, parcel.id, now)
        mail["Subject"] = parcel.subject
        mail.set_content(parcel.text)
        main, _, sub = parcel.media_type.partition("/")
        mail.add_attachment(parcel.content, maintype=main, subtype=sub, filename=parcel.name)
        return await self._timed(address, mail, within_s)

    async def _timed(self, address: str, mail: EmailMessage, within_s: float) -> Attempt:
        began = time.perf_counter()
        attempt = await self._try(address, mail, within_s)
        took = round((time.perf_counter() - began) * 1000)
        return Attempt(
            attempt.outcome,
            attempt.status,
            attempt.detail[:_MOST],
            took,
            remote_id=attempt.remote_id,
            code=attempt.code,
            is_final=attempt.is_final,
        )

    def _mail(self, to: Recipient, notice: Notice, now: datetime) -> EmailMessage:
        texts = texts_of(notice, to.language)
        mail = self._envelope(to.address, notice.id, now)
        mail["Subject"] = " / ".join(text.title for text in texts)
        mail.set_content(plain(texts, _MOST_BYTES))
        mail.add_alternative(html(texts), subtype="html")
        return mail

    def _envelope(self, address: str, identity: str, now: datetime) -> EmailMessage:
        settings = self._settings
        mail = EmailMessage()
        local, _, domain = settings.sender.rpartition("@")
        mail["From"] = Address(settings.sender_name, local, domain)
        mail["To"] = address
        mail["Date"] = format_datetime(now)
        # The same at every attempt, so that a mailbox can drop a repeat.
        mail["Message-ID"] = f"<{identity}@{domain}>"
        # RFC 3834: no holiday notice comes back.
        mail["Auto-Submitted"] = "auto-generated"
        return mail

    async def _try(self, address: str, mail: EmailMessage, within_s: float) -> Attempt:
        settings = self._settings
        try:
            async with asyncio.timeout(within_s):
                _, said = await aiosmtplib.send(
                    mail,
                    sender=settings.sender,
                    recipients=[address],
                    hostname=settings.host,
                    port=settings.port,
                    username=settings.username or None,
                    password=self._password,
                    use_tls=settings.tls == "tls",
                    start_tls=settings.tls == "starttls",
                    timeout=within_s,
                    tls_context=self._tls,
                )
        except aiosmtplib.SMTPRecipientsRefused as exc:
            first = exc.recipients[0]
            return _refused(first.code, first.message)
        except (TimeoutError, aiosmtplib.SMTPTimeoutError):
            return Attempt(Outcome.TIMEOUT, detail=f"no answer within {within_s:g} s")
        except aiosmtplib.SMTPResponseException as exc:
            return _refused(exc.code, exc.message)
        except (aiosmtplib.SMTPException, OSError, UnicodeError, ValueError) as exc:
            return Attempt(_kind(exc), detail=_one_line(f"{type(exc).__name__}: {exc}"))
        return Attempt(Outcome.DELIVERED, 250, remote_id=_one_line(said)[:_MOST])


def _refused(code: int, message: str) -> Attempt:
    """Return the receipt of a refusal. RFC 5321, 4.2.1: 4yz may pass by itself, 5yz never does."""
    if not 400 <= code < 600:
        return Attempt(Outcome.CONNECTION, detail=_one_line(message))
    is_final = code >= 500
    return Attempt(Outcome.REJECTED, code, _one_line(message), code=str(code), is_final=is_final)


def _kind(exc: BaseException | None) -> Outcome:
    while exc is not None:
        if isinstance(exc, ssl.SSLError):
            return Outcome.TLS
        exc = exc.__cause__ or exc.__context__
    return Outcome.CONNECTION


def _one_line(text: str) -> str:
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


def _check_address(text: str) -> None:
    try:
        found = Address(addr_spec=text)
    except (ValueError, IndexError) as exc:  # an addr_spec that ends early is an IndexError of the standard library
        raise ValueError(f"not an e-mail address: {exc}") from exc
    if not (found.username and found.domain and text.isascii() and text.isprintable()):
        raise ValueError("an e-mail address has a name, an @ and a domain, in ASCII")


def _open(settings: EmailSettings, network: Network) -> EmailChannel:
    password = read_secret(settings.password_file) if settings.password_file else None
    return EmailChannel(settings, password, network)


CHANNEL = ChannelKind("email", EmailSettings, _check_address, _open, rate=Rate(30, 60.0), most_bytes=_MOST_BYTES)
