"""The demo's mail server: it takes every mail (RFC 5321, the least of it) for one mailbox and writes it to a file, one
JSON line each."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

_MOST_BYTES = 256 * 1024
_LONGEST_LINE = 4096


class Mailbox:
    """A mail server on 127.0.0.1 while the context lasts. `on_mail` is told the text of each."""

    def __init__(
        self,
        log: Path,
        on_mail: Callable[[str], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._log = log
        self._on_mail = on_mail
        self._clock = clock
        self._lock = threading.Lock()
        self._server: ThreadingTCPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    def __enter__(self) -> "Mailbox":
        self._log.parent.mkdir(parents=True, exist_ok=True)
        mailbox = self

        class Handler(StreamRequestHandler):
            timeout = 10

            def handle(self) -> None:
                try:
                    self._talk()
                except OSError:
                    return  # the other side has gone

            def _talk(self) -> None:
                self._say("220 shian demo")
                while line := self.rfile.readline(_LONGEST_LINE):
                    match line.strip().decode("ascii", "replace").partition(" ")[0].upper():
                        case "DATA":
                            self._say("354 go on, and end with a dot")
                            self._say("250 2.0.0 taken" if self._take() else "552 5.3.4 too long")
                        case "QUIT":
                            self._say("221 bye")
                            return
                        case "EHLO":
                            self._say("250-shian demo")
                            self._say("250 8BITMIME")
                        case "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP":
                            self._say("250 OK")
                        case _:
                            self._say("502 not here")

            def _take(self) -> bool:
                mail = b""
                while (line := self.rfile.readline(_LONGEST_LINE)) not in (b".\r\n", b""):
                    mail += line.removeprefix(b".") if len(mail) < _MOST_BYTES else b""
                if is_whole := len(mail) < _MOST_BYTES:
                    mailbox._keep(mail)
                return is_whole

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode("ascii"))

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="mail-receiver")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def _keep(self, content: bytes) -> None:
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage), "of the default policy"
        body = mail.get_body(("plain",))
        text = str(body.get_content()).replace("\r\n", "\n") if body else ""
        line = {
            "at": self._clock().isoformat(),
            "id": mail["Message-ID"],
            "to": mail["To"],
            "subject": mail["Subject"],
            "text": text,
        }
        with self._lock, self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._on_mail(text)
