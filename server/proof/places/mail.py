"""Anchors by mail: the statement as text, the whole anchor as an attachment."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage

from server.proof.places.place import NotKeptError
from server.proof.settings import MailPlace as MailSettings
from wire.anchors import Anchor, AnchorFile, encode

_ANSWER_S = 20.0


class MailPlace:
    """Mailbox of somebody who does not run the centre."""

    def __init__(self, settings: MailSettings, password: str | None, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._password = password
        self._tls = tls

    @property
    def name(self) -> str:
        return "mail"

    def newest(self) -> Anchor | None:
        """Return None: a mailbox cannot be read back."""
        return None

    async def keep(self, file: AnchorFile) -> None:
        """Send the anchor, where it is one of those that are mailed. Raises NotKeptError."""
        if file.anchor.number % self._settings.each:
            return
        try:
            await asyncio.to_thread(self._send, self._message(file))
        except (OSError, smtplib.SMTPException) as exc:
            raise NotKeptError(f"{self._settings.host}: {exc}"[:300]) from exc

    def _message(self, file: AnchorFile) -> EmailMessage:
        anchor = file.anchor
        message = EmailMessage()
        message["From"], message["To"] = self._settings.sender, ", ".join(self._settings.to)
        message["Subject"] = f"Shian anchor {anchor.number} / 食安锚点 {anchor.number}: {anchor.hash[:16]}"
        message.set_content(f"{anchor.model_dump_json(indent=2)}\n\nsha256: {anchor.hash}\n")
        message.add_attachment(
            encode(file) + b"\n", maintype="application", subtype="json", filename=f"anchor-{anchor.number}.jsonl"
        )
        return message

    def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        tls = self._tls or ssl.create_default_context()
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=_ANSWER_S, context=tls)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=_ANSWER_S)
        with server:
            if settings.security == "starttls":
                server.starttls(context=tls)
            if settings.username:
                server.login(settings.username, self._password or "")
            server.send_message(message)
