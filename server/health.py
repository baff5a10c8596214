"""Health for whoever watches the server: alive, ready, and the metrics of Prometheus."""

import asyncio
from collections.abc import Callable
from typing import Literal

import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error
from pydantic import BaseModel

from server.access.need import need
from server.database import Database

log = structlog.get_logger()
_DATABASE_S = 2.0
IsWell = Callable[[], bool]


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """State of the server. `database`: it answers and is migrated. `feed`: the live feed follows it. `delivery`: alerts
    are sent; true where another server does that. `room`: the disks of the media and of the database take writes."""

    database: bool
    feed: bool
    delivery: bool
    room: bool


class _Migrated(BaseModel):
    is_migrated: bool


def router(db: Database, *, feed: IsWell, delivery: IsWell, room: IsWell) -> APIRouter:
    """Return the two probes and /metrics. `feed`, `delivery` tell whether each did its work lately,
    `room` whether there is any."""
    routes = APIRouter(tags=["health"])
    probe = _Probe(db)

    @routes.get("/healthz", dependencies=[need("open.health")])
    async def alive() -> Alive:
        """Answer that the process lives; the answer says nothing about the database."""
        return Alive()

    @routes.get(
        "/readyz", dependencies=[need("open.health")], responses={503: {"model": Ready, "description": "Not ready"}}
    )
    async def ready(answer: Response) -> Ready:
        """Answer that the database answers and is migrated, the live feed follows it, alerts are sent, and there is
        room on the disks; else 503."""
        state = Ready(database=await probe.answers(), feed=feed(), delivery=delivery(), room=room())
        if not (state.database and state.feed and state.delivery and state.room):
            answer.status_code = 503
        return state

    @routes.get(
        "/metrics",
        dependencies=[need("metrics.read")],
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def metrics() -> Response:
        """Return the metrics for Prometheus."""
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return routes


class _Probe:
    """One question to the database at a time, which whoever asks meanwhile waits for too. It is not cancelled: psycopg
    would ask the server to forget it, and wait for that as well."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asking: asyncio.Task[bool] | None = None

    async def answers(self) -> bool:
        asking = self._asking
        if asking is None or asking.done():
            asking = self._asking = asyncio.create_task(self._ask(), name="readiness")
        await asyncio.wait({asking}, timeout=_DATABASE_S)
        if asking.done():
            return asking.result()
        log.warning("not_ready", reason="database", error=f"no answer within {_DATABASE_S:g} s")
        return False

    async def _ask(self) -> bool:
        try:
            row = await self._db.row(_Migrated, "stations.is_migrated")
        except Error as exc:
            log.warning("not_ready", reason="database", error=str(exc)[:200])
            return False
        return row is not None and row.is_migrated
