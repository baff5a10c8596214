"""`shian ingest` as people start it: a process with a settings file, ended by SIGTERM or by kill -9."""

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from prometheus_client import REGISTRY

from ingest.service import Service
from ingest.settings import Ingest
from process.connections import Broker
from shian.local.broker import LocalBroker, best_kind
from shian.local.ports import free_port
from storage.settings import Database
from storage.stations import Station, enrol
from tests.e2e.test_district_broker import District, district, peer
from tests.support import services
from tests.support.ingesting import ingesting
from tests.support.listener import Listener, listener
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from wire import receipts
from wire.receipts import Receipt
from wire.topics import Leaf, subscription

__all__ = ["district"]


def _settings(folder: Path, dsn: str, port: int, metrics: int = 0) -> Path:
    (folder / "dsn").write_text(dsn + "\n", "utf-8")
    path = folder / "ingest.toml"
    path.write_text(
        f'name = "one"\nsweep_s = 0.2\n[broker]\nport = {port}\n[database]\ndsn_file = "{folder / "dsn"}"\n'
        f"[metrics]\nport = {metrics}\n",
        "utf-8",
    )
    return path


@contextmanager
def _running(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "shian", "ingest", "run", "--config", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _enrolled(dsn: str) -> ChainedStation:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))
    return ChainedStation("market-1")


def _call(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shian", "ingest", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_the_settings_are_checked_and_printed_without_the_password(tmp_path: Path) -> None:
    path = _settings(tmp_path, "postgresql://u:secret@127.0.0.1/none", 1883)
    checked = _call("config", "check", "--offline", "--config", str(path), "--print-config")
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["broker"]["port"] == 1883
    printed = _call("run", "--config", str(path), "--print-config")
    assert json.loads(printed.stdout) == json.loads(checked.stdout)
    assert "secret" not in checked.stdout + printed.stdout


@pytest.mark.parametrize(
    "line", ['timezone = "Mars/Base"', "batch = 3", "sweep_s = 100", "watch.dead_letters.an_hour = 0"]
)
def test_a_setting_that_is_wrong_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "ingest.toml"
    path.write_text(f"log_level = 'info'\n{line}\n", "utf-8")
    checked = _call("config", "check", "--offline", "--config", str(path))
    assert checked.returncode == 2
    assert f"{path}:2: {line.split(' ', maxsplit=1)[0]}" in checked.stderr


def test_a_process_serves_its_metrics_and_ends_cleanly(tmp_path: Path, dsn: str, broker: LocalBroker) -> None:
    station = _enrolled(dsn)
    port = free_port()
    body = station.add(result(90.0))
    with _running(_settings(tmp_path, dsn, broker.port, port)) as process, listener(broker.port) as listening:

        def receipted() -> bool:
            listening.publish(station.topic, b"nonsense", body)
            return listening.through(station.stream) == 1

        wait_for(receipted, timeout_s=60)
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60).read().decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    for line in (
        "shian_ingest_stored_total 1.0",
        'shian_ingest_alerts_total{rule="failed_test"} 1.0',
        'shian_ingest_quarantined_total{reason="not_json"}',
    ):
        assert line in metrics


def test_kill_9_again_and_again_stores_each_event_once(tmp_path: Path, dsn: str) -> None:
    if best_kind() != "mosquitto":
        pytest.skip("no mosquitto on the PATH: nobody would deliver again what was not acknowledged")
    station = _enrolled(dsn)
    for number in range(1200):
        station.add(result(float(number % 60), number=str(number)))
    with services.broker("mosquitto") as broker, listener(broker.port) as listening:
        config = _settings(tmp_path, dsn, broker.port)
        with _running(config):
            wait_for(lambda: _is_receipted(listening, station), timeout_s=60)
        listening.publish(station.topic, *station.bodies)
        for part in (300, 600, 900):
            with _running(config):
                wait_for(lambda part=part: _stored(dsn) >= part, timeout_s=60)  # type: ignore[misc]
        with _running(config):
            wait_for(lambda: _stored(dsn) == 1200, timeout_s=60)
            wait_for(lambda: listening.through(station.stream) == 1200, timeout_s=60)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence").fetchall() == [
            (body,) for body in station.bodies
        ]
        assert connection.execute("SELECT sum(tests) FROM daily_result").fetchone() == (1200,)
        assert connection.execute("SELECT count(*) FROM result").fetchone() == (1200,)


def test_a_session_of_an_earlier_version_gives_each_event_once(dsn: str) -> None:
    """Begin with a session that holds the shared subscriptions of before: they are given up."""
    if best_kind() != "mosquitto":
        pytest.skip("no mosquitto on the PATH: no sessions")
    station = _enrolled(dsn)
    for number in range(100):
        station.add(result(number=str(number)))
    with services.broker("mosquitto") as broker, listener(broker.port) as listening:
        for lane, leaf, group in (("", Leaf.EVENTS, "ingest"), (":urgent", Leaf.URGENT, "ingest-urgent")):
            _leave_session(broker.port, f"ingest-old{lane}", subscription(leaf, group=group))
        with ingesting(dsn, broker.port, name="old", session_expiry_s=60):
            before = REGISTRY.get_sample_value("shian_ingest_received_total") or 0.0
            listening.publish(station.topic, *station.bodies[:50])
            listening.publish(station.urgent_topic, *station.bodies[50:])
            wait_for(lambda: listening.through(station.stream) == 100, what="the receipts")
            assert REGISTRY.get_sample_value("shian_ingest_received_total") == before + 100


def _leave_session(port: int, name: str, topic: str) -> None:
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    client.on_connect = lambda connected, *_: connected.subscribe(topic, qos=1)
    client.on_subscribe = lambda *_: ready.set()
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    client.loop_start()
    assert ready.wait(20)
    client.disconnect()
    client.loop_stop()


def _is_receipted(listening: Listener, station: ChainedStation) -> bool:
    """Return True when the first event came through: from then on the broker keeps a session for the worker."""
    listening.publish(station.topic, station.bodies[0])
    return listening.through(station.stream) >= 1


def _stored(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM event WHERE station <> 'centre'").fetchone()
        return int(row[0]) if row else 0


def test_tls_with_certificates_and_the_district_s_access_list(district: District, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("m1"))
    station = ChainedStation("m1")
    for number in range(300):
        station.add(result(number=str(number)))
    secrets = district.secrets
    settings = Ingest(
        name="tls",
        broker=Broker(
            host="localhost",
            port=district.port,
            ca_file=secrets / "ca.crt",
            cert_file=secrets / "ingest.crt",
            key_file=secrets / "ingest.key",
        ),
        database=Database(dsn=dsn),
    )
    service, stop = Service(settings), threading.Event()
    thread = threading.Thread(target=service.run, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: service.is_subscribed, timeout_s=30)
        with peer(district, "m1", secrets / "stations" / "m1") as other:
            wait_for(lambda: other.connected)
            other.client.subscribe("shian/1/m1/receipts", qos=1)
            for body in station.bodies:
                other.client.publish(station.topic, body, qos=1)
            wait_for(lambda: _through(other.received) == 300, what="the receipts")
    finally:
        stop.set()
        thread.join(30)


def _through(received: list[tuple[str, bytes]]) -> int:
    told: list[Receipt] = [receipts.decode(body) for _, body in received]
    return max((receipt.through for receipt in told), default=0)
