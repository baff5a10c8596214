"""The answer to a request that is not done: a name for the page, which has its own words for it."""

from typing import Any

from starlette.responses import JSONResponse


def refusal(status: int, reason: str, text: str, facts: dict[str, Any] | None = None) -> JSONResponse:
    """Return the answer to a request that was not done."""
    return JSONResponse({"refused": reason, "text": text, "facts": facts or {}}, status)
