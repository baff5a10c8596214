"""Background work that must not end: a crash is logged, counted and started again with back-off."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog
from prometheus_client import Counter
from psycopg import OperationalError

log = structlog.get_logger()
RESTARTS = Counter("shian_server_restarts_total", "Background work that was started again", ["name", "reason"])
_FIRST_S = 0.2
_LONGEST_S = 5.0


async def _keep(name: str, work: Callable[[], Awaitable[None]], ending: asyncio.Event) -> None:
    """Keep a work running until it is cancelled, or `ending` is set: an error on the way out takes the cancellation's
    place."""
    loop = asyncio.get_running_loop()
    wait = _FIRST_S
    while True:
        began = loop.time()
        try:
            await work()
            reason = "ended"
        except Exception as exc:  # noqa: BLE001 - the supervisor
            reason = _log(name, exc)
            if ending.is_set():
                return
        RESTARTS.labels(name, reason).inc()
        wait = _FIRST_S if loop.time() - began > _LONGEST_S else min(2 * wait, _LONGEST_S)
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def _log(name: str, exc: Exception) -> str:
    """Log an error by name: a database that is away is no bug of ours."""
    first: BaseException = exc
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, OperationalError):
        log.warning("work_interrupted", name=name, reason="database", error=str(first)[:200])
        return "database"
    log.error("work_crashed", name=name, reason=type(first).__name__, exc_info=exc)
    return type(first).__name__


@asynccontextmanager
async def running(works: Mapping[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Run each of `works` until the end of the block; then all are cancelled and awaited."""
    ending = asyncio.Event()
    tasks = [asyncio.create_task(_keep(name, work, ending), name=name) for name, work in works.items()]
    try:
        yield
    finally:
        ending.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
