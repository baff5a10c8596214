"""The console at `/`: the files that its build made, nothing from elsewhere."""

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

from server.access.need import need

DIST = Path(__file__).parent / "console" / "dist"
_REASON = DIST.parent / ".not-built"
# The places of the console (src/router.ts): each has an address of its own, and all are one document.
PLACES = (
    *("/", "/alerts", "/results", "/results/{event}", "/cameras", "/probes", "/stations"),
    *("/reports", "/proposals", "/system/{tab}", "/mine"),
)
_FRESH = {"Cache-Control": "no-cache"}
_FOR_EVER = "public, max-age=31536000, immutable"
_MISSING = """The console was not built when this server was installed. The API answers as always.
安装时未生成控制台页面，接口不受影响。
"""


class PageFiles(StaticFiles):
    """The page's own files, mounted; `permission` is the one that they are given with. A file that the build named by
    its contents may be kept for ever; the rest is asked for again. Packed ones go to whoever takes them."""

    permission = "open.page"

    async def get_response(self, path: str, scope: Scope) -> Response:
        is_taken = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        is_packed = is_taken and not path.endswith(".gz") and Path(self.lookup_path(f"{path}.gz")[0]).is_file()
        answer = await super().get_response(f"{path}.gz" if is_packed else path, scope)
        if is_packed:
            answer.headers["Content-Encoding"] = "gzip"
            answer.headers["Content-Type"] = _type_of(path)
        _vary(answer.headers)
        answer.headers["Cache-Control"] = _FOR_EVER if path.startswith("assets/") else _FRESH["Cache-Control"]
        return answer


def _vary(headers: MutableHeaders) -> None:
    headers["Vary"] = "Accept-Encoding"


def _type_of(path: str) -> str:
    types = {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
        ".html": "text/html; charset=utf-8",
        ".webmanifest": "application/manifest+json",
    }
    return types.get(Path(path).suffix, "application/octet-stream")


router = APIRouter(include_in_schema=False, dependencies=[need(PageFiles.permission)])


async def page() -> Response:
    """Answer with the console, or with the reason why there is none."""
    if (DIST / "index.html").is_file():
        return FileResponse(DIST / "index.html", headers=_FRESH)
    reason = _REASON.read_text("utf-8") if _REASON.is_file() else ""
    return Response(f"{_MISSING}\n{reason}", 503, _FRESH, media_type="text/plain; charset=utf-8")


for place in PLACES:
    router.add_api_route(place, page)


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    return FileResponse(DIST / "icon.svg", headers=_FRESH, media_type="image/svg+xml")
