"""/readyz and /healthz of ingest say what is so: of the broker, of the database, of the loops."""

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from ingest.worker import Worker
from shian.local.broker import LocalBroker
from shian.local.ports import free_port
from shian.local.postgres import LocalPostgres
from tests.support.ingesting import ingesting
from tests.support.swallowing import Way, swallowing_line, through
from tests.support.waiting import wait_for

_WELL = {f"{lane}_{part}": True for lane in ("urgent", "normal") for part in ("broker", "database", "worker")}


def _asked(port: int, path: str) -> tuple[int, dict[str, bool]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as exc:
        with exc:
            return exc.code, json.load(exc)


def _without(*parts: str) -> tuple[int, dict[str, bool]]:
    return 503, _WELL | {f"{lane}_{part}": False for lane in ("urgent", "normal") for part in parts}


def test_ready_is_who_takes_and_stores(
    postgres: LocalPostgres, dsn: str, broker: LocalBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.service._LATE_S", 1.0)
    port = free_port()
    metrics: Any = {"port": port}
    with (
        swallowing_line(urlsplit(postgres.dsn).port or 5432) as line,
        ingesting(through(line, dsn), broker.port, exchange_s=20, metrics=metrics),
    ):
        wait_for(lambda: _asked(port, "/readyz") == (200, _WELL), what="a ready ingest")
        # The worker waits for an answer, and the broker is there: the truth is in the database's line alone at first.
        line.swallow(Way.TO_CLIENT, 600)
        wait_for(lambda: _asked(port, "/readyz") == _without("database", "worker"), what="the silent database")
        assert _asked(port, "/healthz")[0] == 200
        line.swallow(Way.TO_CLIENT, 0)
        wait_for(lambda: _asked(port, "/readyz") == (200, _WELL), timeout_s=60, what="a ready ingest")
        broker.kill()
        wait_for(lambda: _asked(port, "/readyz") == _without("broker"), what="the lost broker")
        broker.start()
        wait_for(lambda: _asked(port, "/readyz") == (200, _WELL), timeout_s=60, what="a ready ingest")


def test_alive_is_whose_loops_turn(dsn: str, broker: LocalBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.service._LOOP_S", 0.8)
    port = free_port()
    hangs: list[int] = []
    true_turn = Worker._turn

    def turn(self: Worker) -> None:
        while hangs:
            wait_for(lambda: not hangs)
        true_turn(self)

    monkeypatch.setattr(Worker, "_turn", turn)
    metrics: Any = {"port": port}
    with ingesting(dsn, broker.port, metrics=metrics):
        wait_for(lambda: _asked(port, "/healthz")[0] == 200, what="turning loops")
        hangs.append(1)
        wait_for(lambda: _asked(port, "/healthz")[0] == 503, what="the loop that hangs")
        hangs.clear()
        wait_for(lambda: _asked(port, "/healthz")[0] == 200, what="turning loops")
