"""A reader who leaves in the middle of an answer."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Scope

# A server of ASGI before 2.4 tells by what is received that a reader left; the task is then cancelled at every wait.
SCOPE: Scope = {"type": "http", "asgi": {"spec_version": "2.3"}}


async def leave(answer: ASGIApp, after: int, *, is_held: bool, scope: Scope = SCOPE) -> None:
    """Leave with the piece that has the number `after`. `is_held`: without taking it."""
    left, pieces = asyncio.Event(), 0

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal pieces
        pieces += message["type"] == "http.response.body"
        if pieces == after:
            left.set()
            if is_held:
                await asyncio.Event().wait()

    async with asyncio.timeout(20):
        await answer(scope, receive, send)
    assert left.is_set()


@contextmanager
def uncollected() -> Iterator[None]:
    """Let nothing end within the block by Python's collecting it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
