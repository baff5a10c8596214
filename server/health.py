"""Health for whoever watches the server: alive, ready, and the metrics of Prometheus."""

import asyncio
from typing import Literal

import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error
from pydantic import BaseModel

from server.database import Db
from server.feed import Feed

log = structlog.get_logger()
_DATABASE_S = 2.0


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """`database`: it answers and is migrated. `feed`: the live feed follows it."""

    database: bool
    feed: bool


class _Migrated(BaseModel):
    is_migrated: bool


def router(feed: Feed) -> APIRouter:
    """The two probes and /metrics."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def alive() -> Alive:
        """The process answers; says nothing about the database."""
        return Alive()

    @routes.get("/readyz", responses={503: {"model": Ready, "description": "Not ready"}})
    async def ready(db: Db, answer: Response) -> Ready:
        """The database answers and is migrated, and the live feed follows it; else 503."""
        state = Ready(database=await _answers(db), feed=feed.is_fresh)
        if not (state.database and state.feed):
            answer.status_code = 503
        return state

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return routes


async def _answers(db: Db) -> bool:
    try:
        async with asyncio.timeout(_DATABASE_S):
            row = await db.row(_Migrated, "stations.is_migrated")
    except (Error, TimeoutError) as exc:
        log.warning("not_ready", reason="database", error=str(exc)[:200])
        return False
    return row is not None and row.is_migrated
