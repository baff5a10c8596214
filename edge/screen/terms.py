"""The terms of the trade for the page: wire/words, so that a verdict has one name everywhere."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wire.words import ITEMS, VERDICTS, Terms


def routes() -> list[Route]:
    """Return the route of the terms."""
    return [Route("/api/words", words)]


async def words(_: Request) -> Response:
    """Answer with items and verdicts in both languages."""
    return JSONResponse({"items": _both(ITEMS), "verdicts": _both(VERDICTS)})


def _both(terms: Terms) -> dict[str, dict[str, str]]:
    return {code: {"en": term.en, "zh": term.zh} for code, term in terms.items()}
