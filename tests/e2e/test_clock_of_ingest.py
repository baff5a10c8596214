"""Ingest and the server on machines whose clocks are wrong: every alert is delivered all the same, because whatever the
database compares, the database has stamped."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shian.local.broker import LocalBroker
from storage.stations import Station, enrol
from tests.support.desk import Desk
from tests.support.listener import listener
from tests.support.server import add_subscription, now, serving
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from tests.support.webhooks import Answer, receiving
from wire.kinds.device import DeviceV1
from wire.kinds.reading import ReadingV1

DAY_S = 86_400
FAILED = 34
QUICK = {"allow_private_addresses": True, "ports": [], "retry_first_s": 0.05, "retry_longest_s": 0.1, "poll_s": 0.5}


@contextmanager
def _skewed_ingest(folder: Path, dsn: str, port: int, skew_s: float) -> Iterator[None]:
    (folder / "dsn").write_text(dsn + "\n", "utf-8")
    config = folder / "ingest.toml"
    config.write_text(
        f'name = "skewed"\nsweep_s = 0.2\n[broker]\nport = {port}\n[database]\ndsn_file = "{folder / "dsn"}"\n'
        "[metrics]\nport = 0\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "tests.support.skewed", str(skew_s), "ingest", "run", "--config", str(config)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.parametrize("skew_s", [DAY_S, -2 * DAY_S], ids=["a day ahead", "two days behind"])
def test_every_alert_is_delivered_though_ingest_and_server_have_wrong_clocks(
    tmp_path: Path, dsn: str, broker: LocalBroker, skew_s: float
) -> None:
    # The receiver answers 500 twice to each before it takes it.
    station = ChainedStation("market-1")
    for number in range(FAILED):
        station.add(result(90.0, number=str(number)))
    refusals: dict[str, Iterator[int]] = {}

    def answer(request: Any) -> Answer:
        statuses = refusals.setdefault(request.headers["webhook-id"], chain([500, 500], repeat(204)))
        return Answer(next(statuses))

    with (
        psycopg.connect(dsn, autocommit=True) as database,
        receiving(answer) as receiver,
        serving(dsn, clock=lambda: now() + timedelta(seconds=skew_s), delivery=QUICK),
        _skewed_ingest(tmp_path, dsn, broker.port, skew_s),
        listener(broker.port) as listening,
    ):
        enrol(database, Station("market-1"))
        add_subscription(database, receiver.address, rules=["failed_test"])

        def receipted() -> bool:
            listening.publish(station.topic, *station.bodies)
            return listening.through(station.stream) == FAILED

        wait_for(receipted, timeout_s=60, what="receipts")

        def states() -> list[tuple[Any, ...]]:
            return database.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall()

        wait_for(lambda: states() == [("delivered", FAILED)], timeout_s=60, what="every alert to be delivered")
        stamps = "SELECT count(*) FROM {} WHERE {} NOT BETWEEN now() - interval '10 min' AND now()"
        for table, column in (
            *(("event", "received_at"), ("result", "received_at"), ("alert", "opened_at"), ("alert_step", "at")),
            *(("feed", "at"), ("delivery", "created_at"), ("stream", "created_at"), ("stream", "last_event_at")),
            *(("station", "last_event_at"), ("delivery_attempt", "at")),
        ):
            wrong = database.execute(stamps.format(table, column).encode()).fetchone()
            assert wrong == (0,), (table, column)
    sent = {int(request.headers["webhook-timestamp"]) for request in receiver.received}
    assert max(abs(at - now().timestamp()) for at in sent) < 600, "a receiver refuses a signature that is far off"


def test_lists_and_counts_of_the_api_are_not_led_by_a_station_s_clock(dsn: str, desk: Desk) -> None:
    # Three stations: at 1970, at 2039, and right; what was received last stands first, and all of it is of today.
    for name, made in (
        ("at-2039", datetime(2039, 1, 1, tzinfo=UTC)),
        ("right", None),
        ("at-1970", datetime(1970, 1, 1, tzinfo=UTC)),
    ):
        station = desk.station(name)
        station.add(result(88.0), time=made or now())
        station.add(ReadingV1(quantity="temperature", value=4.5, unit="degC"), time=made or now())
        station.add(DeviceV1(state="online"), time=made or now())
        desk.take(station.topic, *station.bodies)
    wanted = ["at-1970", "right", "at-2039"]
    with serving(dsn, clock=lambda: now() + timedelta(days=1)) as server:
        for path in ("results", "readings", "streams"):
            assert [item["station"] for item in server.get(f"/api/v1/{path}").json()["items"]] == wanted, path
        failed = [item for item in server.get("/api/v1/alerts").json()["items"] if item["rule"] == "failed_test"]
        assert [alert["station"] for alert in failed] == wanted
        first = server.get("/api/v1/results", limit=1).json()
        rest = server.get("/api/v1/results", cursor=first["next"]).json()
        assert [item["station"] for item in first["items"] + rest["items"]] == wanted
        flags = {item["station"]: item["flags"] for item in server.get("/api/v1/results").json()["items"]}
        assert flags == {"at-1970": "clock_not_believed", "right": "", "at-2039": "clock_not_believed"}
        assert sum(test["tests"] for test in server.get("/api/v1/counts").json()["tests"]) == 3
        assert [item["tests"] for item in server.get("/api/v1/stations").json()["items"]] == [1, 1, 1]
        for item in server.get("/api/v1/devices").json()["items"]:
            assert item["state"] == "online"
            assert datetime.fromisoformat(item["state_at"]) <= now()
            assert datetime.fromisoformat(item["last_result_at"]) <= now()
