"""The demo's webhook receiver: it takes the messages of alert delivery and writes them to a file, one JSON line
each."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

_MAX_BODY = 256 * 1024


class Receiver:
    """A server on 127.0.0.1:port (0: any) while the context lasts. A wrong signature is answered with 401. `on_message`
    is told the body of each."""

    def __init__(
        self,
        log: Path,
        secret: str,
        port: int = 0,
        on_message: Callable[[Any], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._log = log
        self._port = port
        self._webhook = Webhook(secret)
        self._on_message = on_message
        self._clock = clock
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}/alerts"

    def __enter__(self) -> "Receiver":
        self._log.parent.mkdir(parents=True, exist_ok=True)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                status = receiver._take(dict(self.headers.items()), self.rfile.read(min(length, _MAX_BODY)))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Drop the message, which would go to stderr."""

        self._server = self._bind(Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="webhook-receiver")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def _bind(self, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
        try:
            return ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        except OSError:
            return ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def _take(self, headers: dict[str, str], body: bytes) -> int:
        try:
            self._webhook.verify(body, {name.lower(): value for name, value in headers.items()})
            content = json.loads(body)
        except (WebhookVerificationError, ValueError):
            return 401
        line = {
            "at": self._clock().isoformat(),
            "id": {name.lower(): value for name, value in headers.items()}.get("webhook-id"),
            "body": content,
        }
        with self._lock, self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._on_message(content)
        return 204
