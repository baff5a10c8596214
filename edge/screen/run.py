"""Serves the screen by uvicorn until SIGTERM or SIGINT, and the board beside it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from process.language import t
from process.settings import SettingsError

_BACKLOG = 64
_GOODBYE_S = 1


def listen(host: str, port: int) -> socket.socket:
    """Return the listening socket. Raises SettingsError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as exc:
        raise SettingsError(t(f"cannot listen on {host}:{port}: {exc}", f"无法监听 {host}:{port}：{exc}")) from exc
    return listener


class Server(uvicorn.Server):
    """Server that lets its open pages go when it ends: their streams of news would never."""

    def __init__(self, config: uvicorn.Config, leave: Callable[[], None]) -> None:
        super().__init__(config)
        self._leave = leave

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._leave()
        await super().shutdown(sockets)


def new_server(
    app: Starlette, leave: Callable[[], None] = lambda: None, cert: Path | None = None, key: Path | None = None
) -> uvicorn.Server:
    """Return uvicorn as we want it, small and quiet. `leave` is called when it begins to end."""
    return Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_GOODBYE_S,
            h11_max_incomplete_event_size=32 * 1024,
            limit_concurrency=64,
            ssl_certfile=cert,
            ssl_keyfile=key,
        ),
        leave,
    )


@contextmanager
def beside(server: uvicorn.Server, listener: socket.socket, main: uvicorn.Server) -> Iterator[None]:
    """Let another server work in a thread as long as `main` does; when it ends before, so does `main`."""

    def work() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            main.should_exit = True

    thread = threading.Thread(target=work, name="board")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
