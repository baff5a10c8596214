"""A cold room's probe from the wire to the alert: real slaves on a pty, agent, broker, ingest and database."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from firmware_adapters.contract import Specimen
from firmware_adapters.registry import family
from shian.local.broker import LocalBroker
from storage.stations import Station, enrol
from tests.support.edge_station import running, settings_document
from tests.support.ingesting import ingesting
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

STATION = "market-1"
PROFILE = "virtual-cold-chain"


@contextmanager
def slaves(path: Path, value: float) -> Iterator[None]:
    """Answer at a cable as a cold room's controller whose air has `value`."""
    chosen = family("modbus_rtu")
    bus, cable, stop = chosen.simulator(chosen.profile(PROFILE), Random(1)), Cable(path), threading.Event()
    measured_at = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - as a device writes it
    bus.measure(Specimen("1", "", "air_temperature", value, measured_at))

    def answer() -> None:
        while not stop.wait(0.01):
            if asked := cable.read():
                cable.write(bus.receive(asked, time.monotonic()))

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        cable.unplug()


def document(folder: Path, port: int, device: str) -> dict[str, Any]:
    limit = {"quantity": "air_temperature", "above": 8.0, "for_s": 0.0}
    named = {"name": device, "port": str(folder / "port"), "adapter": "modbus_rtu", "profile": PROFILE}
    return settings_document(folder, port, STATION, device=[named | {"settle_s": 0.05, "limit": [limit]}])


@pytest.mark.timeout(180)
def test_a_row_that_ends_leaves_the_station_s_word_and_a_device_that_is_gone_ends_it(
    dsn: str, broker: LocalBroker, tmp_path: Path
) -> None:
    def one(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query.encode()).fetchall()

    alerts = "SELECT device, item, state FROM alert WHERE rule = 'out_of_range'"
    with psycopg.connect(dsn, autocommit=True) as connection:
        enrol(connection, Station(STATION))
        connection.execute(
            "INSERT INTO reading_limit (code, quantity, above, unit) VALUES ('warm', 'air_temperature', 25, 'degC')"
        )
        with ingesting(dsn, broker.port), slaves(tmp_path / "port", 9.0):
            with running(document(tmp_path, broker.port, "cold-1"), families=family):
                wait_for(lambda: one("SELECT is_out_there FROM probe WHERE is_out_there"), timeout_s=60)
                assert one(alerts) == [], "the row allows it"
                connection.execute("DELETE FROM reading_limit")
                wait_for(lambda: ("cold-1", "air_temperature", "open") in one(alerts), timeout_s=60)
            with running(document(tmp_path, broker.port, "cold-2"), families=family):
                wait_for(lambda: ("cold-1", "air_temperature", "resolved") in one(alerts), timeout_s=60)
                wait_for(lambda: ("cold-2", "air_temperature", "open") in one(alerts), timeout_s=60)
