"""Answers in pieces, to readers who may leave in the middle of any."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

Piece = TypeVar("Piece", bytes, str)


class Streamed(StreamingResponse):
    """Stream whose source is closed when its reader has taken everything, or has left: Starlette lets it lie, open,
    until Python collects it. `first` came out of `rest`, for only what has begun has an end that runs."""

    def __init__(
        self, first: Piece, rest: AsyncGenerator[Piece, None], kind: str, headers: Mapping[str, str], status: int = 200
    ) -> None:
        self._rest: AsyncGenerator[Any, None] = rest
        super().__init__(_joined(first, rest), status, headers, kind)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Outside of the task that is cancelled, again at each wait, when the reader leaves.
        async with aclosing(self._rest):
            await super().__call__(scope, receive, send)


async def _joined(first: Piece, rest: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    yield first
    async for piece in rest:
        yield piece
