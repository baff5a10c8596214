"""The page at `/`: static files, no build, nothing from elsewhere."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

router = APIRouter(include_in_schema=False)
_STATIC = Path(__file__).parent / "static"
_FRESH = {"Cache-Control": "no-cache"}


@router.get("/")
async def page() -> FileResponse:
    return FileResponse(_STATIC / "index.html", headers=_FRESH)


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    return FileResponse(_STATIC / "icon.svg", headers=_FRESH, media_type="image/svg+xml")
