"""Threads of media, apart from those of everybody: asyncio's own are few, and name look-ups of deliveries and of the
database, passwords and files need one. An archive that is slow, or an upload that another server holds, keeps only its
like waiting."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Some threads of one kind of work. Work that finds none free waits without one."""

    def __init__(self, name: str, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, name)

    def begin(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin a piece of work in a thread."""
        return self._pool.submit(contextvars.copy_context().run, partial(work, *args, **kwargs))

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the work returns."""
        return await asyncio.wrap_future(self.begin(work, *args, **kwargs))


TAKING = Threads("media-taking", 8)
"""Writes of what comes, to the disk of uploads."""
MOVING = Threads("media-moving", 4)
"""Moves of what is whole into the archive, and deletions there."""
READING = Threads("media-reading", 8)
"""Reads of the archive."""
