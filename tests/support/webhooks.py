"""A receiver of webhooks whose answers a test chooses."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of a receiver. `raw`: bytes instead of HTTP; `holds`: says nothing until the receiver ends; `drips`: a
    byte at a time."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    raw: bytes | None = None
    holds: bool = False
    drips: bool = False


@dataclass(slots=True)
class Receiver:
    """Receiver of webhooks. `answer` is asked for each request; the default takes everything."""

    port: int
    answer: Callable[[Received], Answer]
    received: list[Received] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    scheme: str = "http"

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"


@contextmanager
def receiving(
    answer: Callable[[Received], Answer] = lambda _: Answer(), tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Start a receiver on a free port of 127.0.0.1."""
    receiver: Receiver

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            got = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.received.append(got)
            try:
                _give(self, receiver.answer(got), receiver.ended)
            except OSError:
                self.close_connection = True  # the sender has had enough, as some tests want

        do_GET = do_POST  # noqa: N815  the name that http.server asks for

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  its name there

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = False
        block_on_close = True

        def handle_error(self, request: object, client_address: object) -> None: ...  # a refused TLS handshake

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(server.server_address[1], answer, scheme="https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="receiver")
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _give(handler: BaseHTTPRequestHandler, answer: Answer, ended: threading.Event) -> None:
    if answer.holds:
        ended.wait()
    if answer.raw is not None:
        handler.wfile.write(answer.raw)
        handler.connection.shutdown(SHUT_RDWR)
        return
    if answer.drips:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x" * 10_000:
            if ended.wait(0.05):
                return
            handler.wfile.write(bytes([byte]))
        return
    handler.send_response(answer.status)
    for name, value in answer.headers:
        handler.send_header(name, value)
    if answer.status != 204:
        handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    handler.wfile.write(answer.body)
