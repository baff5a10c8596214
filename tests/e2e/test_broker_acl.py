"""deploy/broker/acl on a real Mosquitto: each user reaches its own topics and no others.

The names come by user name and password here; in a district they are the common names of certificates."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from shian.local.ports import free_port
from tests.support.services import short_folder
from tests.support.waiting import wait_for
from wire.topics import Leaf, parse

ROOT = Path(__file__).resolve().parents[2]
USERS = ("m1", "m2", "ingest", "server")
SAID = (
    "shian/1/m1/events",
    "shian/1/m1/urgent",
    "shian/1/m1/status",
    "shian/1/m1/live/kitchen",
    "shian/1/m1/commands",
    "shian/1/m1/receipts",
    "shian/1/m2/live/kitchen",
    "shian/1/m2/commands",
)
MAY_READ = {
    "m1": {"shian/1/m1/receipts", "shian/1/m1/commands"},
    "m2": {"shian/1/m2/commands"},
    "ingest": {"shian/1/m1/events", "shian/1/m1/urgent", "shian/1/m1/status"},
    "server": {"shian/1/m1/live/kitchen", "shian/1/m2/live/kitchen"},
}
MAY_WRITE = {
    "m1": {"shian/1/m1/events", "shian/1/m1/urgent", "shian/1/m1/status", "shian/1/m1/live/kitchen"},
    "m2": {"shian/1/m2/live/kitchen"},
    "ingest": {"shian/1/m1/receipts"},
    "server": {"shian/1/m1/commands", "shian/1/m2/commands"},
}


@pytest.fixture
def port() -> Iterator[int]:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    passwords = shutil.which("mosquitto_passwd")
    if program is None or passwords is None:
        pytest.skip("no mosquitto on this machine")
    with short_folder() as folder:
        number, secrets, config = free_port(), folder / "passwords", folder / "mosquitto.conf"
        secrets.touch(mode=0o600)
        for user in USERS:
            subprocess.run([passwords, "-b", str(secrets), user, "x"], check=True, capture_output=True)
        acl = folder / "acl"
        acl.write_text((ROOT / "deploy" / "broker" / "acl").read_text())
        acl.chmod(0o600)
        config.write_text(
            f"user root\nlistener {number} 127.0.0.1\nallow_anonymous false\npassword_file {secrets}\nacl_file {acl}\n"
        )
        process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
        try:
            yield number
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def client(port: int, user: str, heard: set[str]) -> Iterator[mqtt.Client]:
    connection, is_ready = (
        mqtt.Client(CallbackAPIVersion.VERSION2, client_id=user, protocol=mqtt.MQTTv5),
        threading.Event(),
    )
    connection.username_pw_set(user, "x")
    connection.on_connect = lambda client, *_: client.subscribe("shian/#")
    connection.on_subscribe = lambda *_: is_ready.set()
    connection.on_message = lambda _client, _data, message: heard.add(message.topic)
    wait_for(lambda: _connects(connection, port), what="mosquitto")
    connection.loop_start()
    try:
        assert is_ready.wait(10)
        yield connection
    finally:
        connection.disconnect()
        connection.loop_stop()


def _connects(connection: mqtt.Client, port: int) -> bool:
    try:
        connection.connect("127.0.0.1", port)
    except OSError:
        return False
    return True


def taken(connection: mqtt.Client) -> set[str]:
    """Return the topics that this client may write to."""
    refused: dict[int, bool] = {}

    def note(_client: mqtt.Client, _data: object, mid: int, code: ReasonCode, _answer: Properties | None) -> None:
        refused[mid] = code.is_failure

    connection.on_publish = note
    sent = {connection.publish(topic, b"x", qos=1).mid: topic for topic in SAID}
    wait_for(lambda: len(refused) == len(SAID), what="answers")
    return {sent[mid] for mid, is_refused in refused.items() if not is_refused}


def test_every_leaf_has_its_two_ends_in_the_list() -> None:
    # A leaf that is added to wire.topics must not be forgotten: a broker refuses what no line allows.
    ends: dict[Leaf, set[str]] = {leaf: set() for leaf in Leaf}
    for line in (ROOT / "deploy" / "broker" / "acl").read_text().splitlines():
        if line.startswith(("pattern ", "topic ")):
            kind, access, place = line.split()
            found = parse(place.replace("%u", "m1").replace("/+/", "/m1/").replace("/+", "/camera"))
            ends[found.leaf].add(f"station {access}s" if kind == "pattern" else f"centre {access}s")
    assert set(map(frozenset, ends.values())) <= {
        frozenset({"station writes", "centre reads"}),
        frozenset({"station reads", "centre writes"}),
    }, ends


def test_each_user_reads_and_writes_its_own_topics_alone(port: int) -> None:
    heard: dict[str, set[str]] = {user: set() for user in USERS}
    with (
        client(port, "m1", heard["m1"]) as m1,
        client(port, "m2", heard["m2"]) as m2,
        client(port, "ingest", heard["ingest"]) as ingest,
        client(port, "server", heard["server"]) as server,
    ):
        clients = {"m1": m1, "m2": m2, "ingest": ingest, "server": server}
        assert {user: taken(client) for user, client in clients.items()} == MAY_WRITE
        wait_for(lambda: heard == MAY_READ, what="what each may read")
