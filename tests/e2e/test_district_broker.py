"""The broker of docker-compose.yml, for real: deploy/prepare's certificates, deploy/broker's configuration and ACL."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from shian.local.ports import free_port
from tests.support.services import short_folder
from tests.support.waiting import wait_for

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def prepare(secrets: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"SHIAN_SECRETS": str(secrets)}
    return subprocess.run([DEPLOY / "prepare", *arguments], env=environ, capture_output=True, text=True, check=False)


@dataclass
class District:
    folder: Path
    port: int
    secrets: Path = field(init=False)

    def __post_init__(self) -> None:
        self.secrets = self.folder / "secrets"

    def configuration(self) -> str:
        text = (DEPLOY / "broker" / "mosquitto.conf").read_text()
        for there, here in (
            ("listener 8883", f"listener {self.port} 127.0.0.1"),
            ("/run/secrets", str(self.secrets)),
            ("/mosquitto/config/acl", str(DEPLOY / "broker" / "acl")),
            ("/mosquitto/data", str(self.folder / "data")),
        ):
            assert there in text
            text = text.replace(there, here)
        return ("user root\n" if os.geteuid() == 0 else "") + text


@pytest.fixture(scope="module")
def district() -> Iterator[District]:
    mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    if not mosquitto or not shutil.which("openssl"):
        pytest.skip("no mosquitto or no openssl on the PATH")
    with short_folder() as folder:
        tampered = District(folder, free_port())
        (folder / "data").mkdir()
        assert prepare(tampered.secrets, "localhost").returncode == 0
        for station in ("m1", "m2"):
            assert prepare(tampered.secrets, "station", station).returncode == 0
        (folder / "mosquitto.conf").write_text(tampered.configuration())
        process = subprocess.Popen([mosquitto, "-c", folder / "mosquitto.conf"], stderr=subprocess.DEVNULL)
        try:
            yield tampered
        finally:
            process.terminate()
            process.wait()


@dataclass
class Peer:
    client: mqtt.Client
    connected: list[str] = field(default_factory=list)
    disconnected: list[str] = field(default_factory=list)
    published: dict[int, str] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes) -> str:
        """Publish a message, and return the reason that the broker's PUBACK gave."""
        mid = self.client.publish(topic, payload, qos=1).mid
        wait_for(lambda: mid in self.published, what=f"a PUBACK for {topic}")
        return self.published[mid]


@contextmanager
def peer(district: District, name: str, certificate: Path | None) -> Iterator[Peer]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{name}", protocol=mqtt.MQTTv5)
    context = ssl.create_default_context(cafile=str(district.secrets / "ca.crt"))
    if certificate:
        context.load_cert_chain(certificate.with_suffix(".crt"), certificate.with_suffix(".key"))
    client.tls_set_context(context)
    other = Peer(client)
    client.on_connect = lambda c, u, f, reason, p: other.connected.append(str(reason))
    client.on_disconnect = lambda c, u, f, reason, p: other.disconnected.append(str(reason))
    client.on_publish = lambda c, u, mid, reason, p: other.published.__setitem__(mid, str(reason))
    client.on_message = lambda c, u, message: other.received.append((message.topic, bytes(message.payload)))
    wait_for(lambda: _connects(client, district.port), what="the broker's port")
    client.loop_start()
    try:
        yield other
    finally:
        client.disconnect()
        client.loop_stop()


def _connects(client: mqtt.Client, port: int) -> bool:
    try:
        client.connect("localhost", port, clean_start=True)
    except ConnectionRefusedError:
        return False
    return True


def test_a_station_writes_below_its_own_name_alone(district: District) -> None:
    stations = district.secrets / "stations"
    with (
        peer(district, "ingest", district.secrets / "ingest") as ingest,
        peer(district, "m1", stations / "m1") as m1,
        peer(district, "m2", stations / "m2") as curious,
    ):
        curious.client.subscribe("shian/1/+/receipts", qos=1)
        wait_for(lambda: ingest.connected and m1.connected)
        assert m1.connected == ["Success"]
        ingest.client.subscribe("shian/1/+/events", qos=1)
        m1.client.subscribe("shian/1/m1/receipts", qos=1)

        def arrives() -> bool:  # the subscriptions are not confirmed yet: publish until one comes through
            m1.publish("shian/1/m1/events", b"own")
            return bool(ingest.received)

        wait_for(arrives)
        assert set(ingest.received) == {("shian/1/m1/events", b"own")}

        def receipt_arrives() -> bool:
            assert ingest.publish("shian/1/m1/receipts", b"r") in ("Success", "No matching subscribers")
            return bool(m1.received)

        wait_for(receipt_arrives)
        assert set(m1.received) == {("shian/1/m1/receipts", b"r")}
        assert curious.received == []
        # Last, because Mosquitto 2.0.11 hangs up on whoever publishes where it may not.
        for topic in ("shian/1/m2/events", "shian/1/m1/receipts", "shian/1/m1/commands"):
            assert m1.publish(topic, b"forged") == "Not authorized"
        assert set(ingest.received) == {("shian/1/m1/events", b"own")}


def test_nobody_enters_without_a_certificate(district: District) -> None:
    with peer(district, "nobody", None) as nobody:
        # With TLS 1.3 the client learns of the refusal only after its own handshake ended.
        wait_for(lambda: nobody.disconnected, what="the broker to hang up")
        assert nobody.connected == []


def test_prepare_keeps_what_exists_and_refuses_a_bad_name(district: District) -> None:
    before = (district.secrets / "ca.crt").read_bytes(), (district.secrets / "server-token").read_bytes()
    assert prepare(district.secrets, "localhost").returncode == 0
    assert before == ((district.secrets / "ca.crt").read_bytes(), (district.secrets / "server-token").read_bytes())
    for name in ("../x", "ingest", "M1"):
        assert prepare(district.secrets, "station", name).returncode == 2
