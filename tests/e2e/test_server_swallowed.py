"""A line between the server and its database that swallows: the server notices by itself, says so, and is well again
when the line is."""

import json
from urllib.parse import urlsplit

import psycopg
import pytest
from websockets.sync.client import ClientConnection

from shian.local.postgres import LocalPostgres
from tests.e2e.test_server_live import item, told
from tests.support.server import Served, publish, serving
from tests.support.swallowing import Way, swallowing_line, through
from tests.support.waiting import wait_for

_DEADLINE_S = 120.0


@pytest.mark.parametrize("way", [Way.TO_SERVER, Way.TO_CLIENT, Way.BOTH], ids=lambda way: way.name)
def test_the_server_notices_a_line_that_swallows(postgres: LocalPostgres, dsn: str, way: Way) -> None:
    with (
        swallowing_line(urlsplit(postgres.dsn).port or 5432) as line,
        serving(through(line, dsn), database={"exchange_s": 5, "statement_s": 3}, delivery={"poll_s": 1}) as server,
        psycopg.connect(dsn, autocommit=True) as database,
        server.live() as socket,
    ):
        wait_for(lambda: all(_state(server).values()), what="a ready server")
        socket.recv(_DEADLINE_S)
        for turn in ("one", "two") if way == Way.BOTH else ("one",):
            line.swallow(way, 600)
            wait_for(lambda: not _state(server)["database"], timeout_s=_DEADLINE_S, what="the database's silence")
            _wait_for_stale(socket)
            wait_for(lambda: not _state(server)["feed"], timeout_s=_DEADLINE_S, what="the feed's silence")
            wait_for(lambda: not _state(server)["delivery"], timeout_s=_DEADLINE_S, what="the delivery's silence")
            assert server.get("/readyz").status_code == 503
            assert server.get("/healthz").status_code == 200
            assert server.get("/api/v1/stations").status_code == 503
            line.swallow(way, 0)
            publish(database, item(turn))
            assert told(socket, 1)[0] == [turn]
            wait_for(lambda: server.get("/readyz").status_code == 200, timeout_s=_DEADLINE_S, what="a ready server")
            assert server.get("/api/v1/stations").status_code == 200


def _state(server: Served) -> dict[str, bool]:
    found: dict[str, bool] = server.get("/readyz").json()
    return found


def _wait_for_stale(socket: ClientConnection) -> None:
    while "stale" not in json.loads(socket.recv(_DEADLINE_S)):
        pass
