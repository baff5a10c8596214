"""The page at `/`: static files, no build, nothing from elsewhere."""

import json
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from server.access.need import need
from server.access.table import table as permissions
from wire.words import terms, vocabularies


class PageFiles(StaticFiles):
    """The page's own files, mounted; `permission` is the one that they are given with."""

    permission = "open.page"


router = APIRouter(include_in_schema=False, dependencies=[need(PageFiles.permission)])
_STATIC = Path(__file__).parent / "static"
_FRESH = {"Cache-Control": "no-cache"}


@router.get("/")
async def page() -> FileResponse:
    return FileResponse(_STATIC / "index.html", headers=_FRESH)


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    return FileResponse(_STATIC / "icon.svg", headers=_FRESH, media_type="image/svg+xml")


@router.get("/static/terms.js")
async def terms_of_the_field() -> Response:
    """Give the page the words that all parts share."""
    return Response(_script(), headers=_FRESH, media_type="text/javascript")


@cache
def _script() -> str:
    """Return a module with the words by language, each below `vocabulary.code`."""
    words: dict[str, dict[str, str]] = {"en": {}, "zh": {}}
    for name, table in vocabularies().items():
        for code, term in terms(table).items():
            words["en"][f"{name}.{code}"], words["zh"][f"{name}.{code}"] = term
    for role, term in permissions().roles.items():
        words["en"][f"account_role.{role}"], words["zh"][f"account_role.{role}"] = term
    made = "// Made from wire/words and the table of permissions."
    return f"{made}\nexport const TERMS = {json.dumps(words, ensure_ascii=False)};\n"
