"""Errors as people and programs get them: application/problem+json (RFC 9457), in the language of the request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import DataError, InterfaceError, OperationalError
from psycopg.errors import DiskFull, QueryCanceled
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from process.field_faults import sentence

log = structlog.get_logger()
CONTENT_TYPE = "application/problem+json"


class Problem(BaseModel):
    """RFC 9457. `type` is `urn:shian:problem:NAME`; `detail` is in the language of Accept-Language (zh or en)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of problem: a name for programs, a sentence in each language for people. `places`: what of the request is
    wrong, as `query.area` or `body.areas.0`: what `errors` say where nothing more is known of each."""

    status: int
    name: str
    english: str
    chinese: str
    headers: Mapping[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()


class ProblemError(Exception):
    """Raised where a request cannot be answered as asked. `errors`: what is wrong with it, one by one."""

    def __init__(self, kind: Kind, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(kind.english)
        self.kind = kind
        self.errors = errors


def unknown_filter(english: str, chinese: str, *places: str) -> ProblemError:
    """Return the problem of a request that names what is not there. `places`: where it does so."""
    return ProblemError(Kind(422, "unknown-filter", english, chinese, places=places))


def not_found(english: str, chinese: str) -> ProblemError:
    return ProblemError(Kind(404, "not-found", f"There is no such {english}.", f"没有这个{chinese}。"))


DATABASE_AWAY = Kind(
    503,
    "database-away",
    "The database does not answer at the moment; try again.",
    "数据库暂时没有响应，请重试。",
    {"Retry-After": "2"},
)
DATABASE_FULL = Kind(
    507,
    "database-full",
    "The database's disk is full; nothing can be stored until there is room.",
    "数据库磁盘已满，腾出空间前无法保存。",
    {"Retry-After": "60"},
)
TOO_SLOW = Kind(503, "too-slow", "The query took too long; ask for less at once.", "查询耗时过长，请缩小查询范围。")
INVALID = Kind(422, "invalid-request", "The request is not valid; see errors.", "请求无效，详见 errors。")
# FastAPI says 400, in these words, where a body is not even text.
_UNREADABLE = "There was an error parsing the body"
NO_JSON = Kind(
    422, "invalid-request", "The body is not JSON in UTF-8.", "请求体不是 UTF-8 编码的 JSON。", places=("body",)
)
UNEXPECTED = Kind(500, "unexpected", "Something went wrong; it was logged.", "发生意外错误，已记入日志。")
_HTTP = {
    404: Kind(404, "not-found", "There is nothing at this address.", "此地址没有内容。"),
    413: Kind(413, "too-large", "The request is too large.", "请求过大。"),
    405: Kind(405, "method-not-allowed", "This method is not allowed here.", "此处不允许该方法。"),
}


def is_chinese(accept_language: str) -> bool:
    """Return True when the first language that is asked for is Chinese."""
    return accept_language.strip().lower().startswith("zh")


def body_of(kind: Kind, *, chinese: bool, errors: list[dict[str, str]] | None = None) -> Problem:
    """Return the problem in one language."""
    detail = kind.chinese if chinese else kind.english
    return Problem(
        type=f"urn:shian:problem:{kind.name}",
        title=kind.name.replace("-", " "),
        status=kind.status,
        detail=detail,
        errors=errors or [{"where": place, "message": detail} for place in kind.places],
    )


def response(kind: Kind, accept_language: str, errors: list[dict[str, str]] | None = None) -> JSONResponse:
    """Return the problem as an HTTP answer."""
    chinese = is_chinese(accept_language)
    body = body_of(kind, chinese=chinese, errors=errors)
    headers = {**kind.headers, "Content-Language": "zh" if chinese else "en", "Cache-Control": "no-store"}
    return JSONResponse(body.model_dump(), kind.status, headers, CONTENT_TYPE)


def _answer(request: Request, kind: Kind, errors: list[dict[str, str]] | None = None) -> JSONResponse:
    return response(kind, request.headers.get("accept-language", ""), errors)


def install(app: FastAPI, on_full: Callable[[], None] = lambda: None) -> None:
    """Install handlers, so that every error of `app` is answered as a kind. `on_full` is called when the database had
    no room."""

    @app.exception_handler(ProblemError)
    async def known(request: Request, exc: ProblemError) -> JSONResponse:
        return _answer(request, exc.kind, exc.errors)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, exc: RequestValidationError) -> JSONResponse:
        # The input is not repeated: it may hold a token.
        chinese = is_chinese(request.headers.get("accept-language", ""))
        errors = [
            {"where": ".".join(map(str, error["loc"])), "message": sentence(error, chinese=chinese)}
            for error in exc.errors()[:20]
        ]
        return _answer(request, INVALID, errors)

    @app.exception_handler(HTTPException)
    async def http(request: Request, exc: HTTPException) -> JSONResponse:
        if exc.status_code == 400 and exc.detail == _UNREADABLE:
            return _answer(request, NO_JSON)
        fallback = Kind(exc.status_code, "http-error", str(exc.detail), str(exc.detail))
        return _answer(request, _HTTP.get(exc.status_code, fallback))

    @app.exception_handler(DiskFull)
    async def full(request: Request, exc: DiskFull) -> JSONResponse:
        on_full()
        log.error("database_full", path=request.url.path, error=str(exc)[:200])
        return _answer(request, DATABASE_FULL)

    for kind in (OperationalError, InterfaceError):
        app.add_exception_handler(kind, _database_away)
    app.add_exception_handler(QueryCanceled, _too_slow)
    app.add_exception_handler(DataError, _not_storable)


async def _database_away(request: Request, exc: Exception) -> JSONResponse:
    log.warning("database_away", path=request.url.path, error=str(exc)[:200])
    return _answer(request, DATABASE_AWAY)


async def _too_slow(request: Request, exc: Exception) -> JSONResponse:
    log.warning("query_too_slow", path=request.url.path, error=str(exc)[:200])
    return _answer(request, TOO_SLOW)


async def _not_storable(request: Request, exc: Exception) -> JSONResponse:
    # U+0000 in a text, a number out of range: the database says it better than a rule of our own.
    log.warning("request_not_storable", path=request.url.path, error=str(exc)[:200])
    return _answer(request, INVALID)
