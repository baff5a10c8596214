"""Serves the reader of codes.

It is WebAssembly, which the page's policy does not allow. So it runs in a worker, and that worker's own answer says the
policy by which it may be made; the page stays as strict as it is."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_HERE = Path(__file__).parent
DIST = _HERE / "dist"
POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


def routes() -> list[BaseRoute]:
    """Return the routes: the worker, and beside it what the build of the wheel brought. Without that the page says that
    this installation cannot read codes."""
    return [
        Route("/reader/worker.js", worker),
        *([Mount("/reader", StaticFiles(directory=DIST))] if DIST.is_dir() else []),
    ]


async def worker(_: Request) -> Response:
    """Answer with the worker."""
    return FileResponse(_HERE / "worker.js", headers={"Content-Security-Policy": POLICY})
