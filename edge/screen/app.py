"""The whole server of the screen, put together in one visible function."""

import asyncio
import threading
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from edge.screen import terms
from edge.screen.address import is_loopback
from edge.screen.agents import Agents
from edge.screen.asks import Asks
from edge.screen.board.routes import Board
from edge.screen.board.settings import BoardSettings
from edge.screen.guard import Guard
from edge.screen.label.printer import Printer
from edge.screen.label.routes import Labels
from edge.screen.news import News
from edge.screen.operators import Operators
from edge.screen.photos import Photos
from edge.screen.reader import routes as reader
from process.streamed import Streamed
from process.watched import Systemd, Turns

if TYPE_CHECKING:  # pyserial is only loaded where there is a scanner
    from edge.screen.serial_scanner import SerialScanner

PAGE = Path(__file__).parent / "page"
_FEED_S = 5.0
# The agent may take its time for an answer, no more.
_LOOP_S = 60.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create_app(
    socket: Path,
    news: News,
    *,
    idle_s: float = 300.0,
    names: Collection[str] = LOOPBACK,
    is_open: bool = False,
    has_tls: bool = False,
    label: str = "",
    board: BoardSettings | None = None,
    scanner: "SerialScanner | None" = None,
) -> Starlette:
    """Return the ASGI application over the agent's socket and its news. `names`: those in Host that are ours.
    `is_open`: others than this machine can connect, so that nobody does anything without a PIN. `label`: the place of
    the label printer; `board`: the policy of the market's board, None: there is none; `scanner`: the one on a serial
    line. No I/O."""
    agents = Agents(socket)
    operators = Operators(agents, idle_s, must_sign_in=is_open, is_secure=has_tls)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        stop = Turns(threading.Event())
        threads = [threading.Thread(target=news.run, args=(stop,), name="news")]
        if scanner is not None:
            threads.append(threading.Thread(target=scanner.run, args=(stop.plain,), name="scanner"))
        for thread in threads:
            thread.start()
        fed = asyncio.create_task(_feed(Systemd(), stop))
        try:
            yield
        finally:
            fed.cancel()
            stop.set()
            for thread in threads:
                await asyncio.to_thread(thread.join)
            agents.close()

    async def page(_: Request) -> Response:
        return FileResponse(PAGE / "index.html")

    async def heard(request: Request) -> Response:
        is_here = request.client is not None and is_loopback(request.client.host)
        told = news.stream(is_here=is_here)
        return Streamed(await anext(told), told, "text/event-stream", {"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api/news", heard),
            *operators.routes(),
            *Asks(agents, operators).routes(),
            *Labels(agents, operators, Printer(label) if label else None).routes(),
            *Photos(agents, operators).routes(),
            *terms.routes(),
            *reader.routes(),
            *([Mount("/board", Board(agents, board).application())] if board else []),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[Middleware(Guard, names=names)],
        lifespan=lifespan,
    )


async def _feed(systemd: Systemd, news: Turns) -> None:
    """Tell systemd that the event loop and the thread of the news turn."""
    systemd.ready()
    while True:
        systemd.feed({"news": news.silent_s()}, _LOOP_S)
        await asyncio.sleep(_FEED_S)


def create_board(socket: Path, policy: BoardSettings, names: Collection[str] = LOOPBACK) -> Starlette:
    """Return the ASGI application of a port that serves the board and nothing else. No I/O."""
    agents = Agents(socket, connections=1)
    board = Board(agents, policy)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            agents.close()

    return Starlette(
        routes=[Route("/", board.page), Mount("/board", board.application())],
        middleware=[Middleware(Guard, names=names)],
        lifespan=lifespan,
    )
