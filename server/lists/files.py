"""The routes of the files that a list can be had as: one handler, a route for each form.

@files(router, "/results")
async def export_results(..., look: Look, form: FileForm, asked: ...) -> StreamingResponse:
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, ParamSpec

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from server.lists.export import Form
from server.lists.workbook import MOST_ROWS, WORKBOOK_TYPE

_Asked = ParamSpec("_Asked")
_Handler = Callable[_Asked, Awaitable[StreamingResponse]]
_ANSWERS: Mapping[Form, dict[int | str, dict[str, Any]]] = {
    "csv": {200: {"content": {"text/csv": {}}, "description": "All rows that fit, UTF-8 with a mark for Excel"}},
    "xlsx": {
        200: {"content": {WORKBOOK_TYPE: {}}, "description": f"All rows that fit, {MOST_ROWS:,} at most, else 422"}
    },
}


def files(router: APIRouter, path: str) -> Callable[[_Handler[_Asked]], _Handler[_Asked]]:
    """Declare a handler of `path`.csv and of `path`.xlsx, which is told by `FileForm` of which one it is."""

    def declare(handler: _Handler[_Asked]) -> _Handler[_Asked]:
        for form, answers in _ANSWERS.items():
            router.get(f"{path}.{form}", response_class=StreamingResponse, responses=answers)(handler)
        return handler

    return declare


def _form(request: Request) -> Form:
    return next(form for form in _ANSWERS if request.url.path.endswith(f".{form}"))


FileForm = Annotated[Form, Depends(_form)]
