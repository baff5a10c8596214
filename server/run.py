"""Runs the application by uvicorn until SIGTERM or SIGINT, and ends in order."""

import asyncio
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from process.language import t
from process.settings import SettingsError
from server.limits.connections import protocols
from server.limits.settings import Limits
from server.settings import ServerSettings

log = structlog.get_logger()
_BACKLOG = 512


def listen(settings: ServerSettings) -> socket.socket:
    """Return the listening socket; bound first, so that a taken port is said plainly. Raises SettingsError."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as exc:
        place = f"{settings.host}:{settings.port}"
        raise SettingsError(t(f"cannot listen on {place}: {exc}", f"无法监听 {place}：{exc}")) from exc
    listener.set_inheritable(False)
    return listener


def new_server(app: FastAPI, limits: Limits, tls_file: Path | None = None) -> uvicorn.Server:
    """Return uvicorn as we want it: dead clients are noticed by pings, nobody keeps us waiting, nothing big is taken,
    nothing about us is told. `tls_file`: certificate and key, for https."""
    http, websocket = protocols(limits)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="auto",  # uvloop where there is one
            http=http,
            ws=websocket,
            ws_max_size=4096,
            ws_ping_interval=20.0,
            ws_ping_timeout=20.0,
            ws_per_message_deflate=False,  # each message is encoded once, for everybody
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=bool(limits.proxies),
            forwarded_allow_ips=list(limits.proxies),
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=32 * 1024,
            ssl_certfile=tls_file,
            ssl_keyfile=tls_file,
        )
    )


def serve(
    app: FastAPI,
    listener: socket.socket,
    limits: Limits,
    on_ready: Callable[[str], None],
    *,
    tls_file: Path | None = None,
) -> None:
    """Serve until a signal; `on_ready` is told the address as soon as the socket answers. Raises SettingsError."""
    server = new_server(app, limits, tls_file)
    try:
        server.config.load()  # reads the certificate
    except OSError as exc:
        listener.close()
        raise SettingsError(f"{tls_file}: {exc}") from exc

    def leave(number: int, _: object) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        server.should_exit = True

    # uvicorn raises the signal again when it has ended; by then these are in place, and the process ends with 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    with listener:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        on_ready(f"{'https' if tls_file else 'http'}://{shown}:{port}")
        factory = _loops(server, limits.head_s) if tls_file else server.config.get_loop_factory()
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(server.serve([listener]))


def _loops(server: uvicorn.Server, handshake_s: float) -> Callable[[], asyncio.AbstractEventLoop]:
    """Return a maker of loops whose servers give a TLS handshake so long: uvicorn has no setting for it, and a minute
    is asyncio's. Before its handshake no connection has a place in the table (server/limits/connections.py)."""

    def make() -> asyncio.AbstractEventLoop:
        factory = server.config.get_loop_factory()
        loop = factory() if factory else asyncio.new_event_loop()
        loop.create_server = partial(loop.create_server, ssl_handshake_timeout=handshake_s)  # type: ignore[method-assign]
        return loop

    return make
