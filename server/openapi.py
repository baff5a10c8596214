"""The OpenAPI document: the parts that FastAPI cannot know of us. Errors are problems, and a token may be asked for."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from server.access.need import need
from server.problems import CONTENT_TYPE, Problem

_LIVE = """The live feed, a WebSocket (which OpenAPI cannot describe): see docs/api.md.

`?cursor=C` resumes after C. Messages: `{"cursor"}`, `{"cursor", "items"}`, `{"reload": true}`, `{"stale": true}`."""


def install(app: FastAPI, prefix: str) -> None:
    """Let `app.openapi()` give the whole document, and answer with it at `prefix`/openapi.json."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

    @app.get(f"{prefix}/openapi.json", include_in_schema=False, dependencies=[need("api.describe")])
    async def described() -> JSONResponse:
        return JSONResponse(app.openapi())


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["schemas"]["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "a token of an account, or that of token_file"},
        "session": {"type": "apiKey", "in": "cookie", "name": "shian_session"},
    }
    document["security"] = [{"token": []}, {"session": []}, {}]
    problem = {
        "description": "A problem (RFC 9457)",
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = problem
    document["paths"]["/api/v1/live"] = {
        "get": {
            "tags": ["live"],
            "summary": "Live",
            "description": _LIVE,
            "responses": {"101": {"description": "go"}, "default": problem},
        }
    }
    return document
