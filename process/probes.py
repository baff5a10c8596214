"""A process's own small web server: its metrics and its probes, for Prometheus and for whoever restarts it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

# A client that says nothing does not keep a thread for ever.
_CLIENT_S = 10.0
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    type: str
    body: bytes


Page = Callable[[], Answer]


def probe(checks: Mapping[str, bool]) -> Answer:
    """Return 200 when all of the checks hold, else 503, with every check by name as JSON."""
    body = json.dumps(dict(checks)).encode()
    return Answer(200 if all(checks.values()) else 503, "application/json", body)


@contextmanager
def serving(host: str, port: int, pages: Mapping[str, Page]) -> Iterator[int]:
    """Serve `pages`, by path, during the block; yield the port. Raises OSError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _CLIENT_S

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            answer = page() if page else Answer(404, "text/plain", b"")
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is of the standard library
            """Log nothing: a probe comes every few seconds."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server((host, port), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(_POLL_S,), name="probes", daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
