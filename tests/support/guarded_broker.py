"""A real Mosquitto by the files of `shian broker config`: certificates, an access list, a list of the revoked. And
clients with any certificate, any client id and any wish."""

import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from authority.ca import Revoked
from authority.certificates import read_certificate
from process.connections import Broker
from process.private_files import replace
from shian.local.broker import LocalBroker, Tls, best_kind
from shian.local.certificates import Certificates
from shian.local.ports import free_port
from tests.support.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Guarded:
    """The broker with its authority. `folder` holds the certificates."""

    certificates: Certificates
    broker: LocalBroker

    def settings(self, name: str) -> Broker:
        """Return the settings `[broker]` of a process whose certificate has this name."""
        pair = self.certificates.client(name)
        return Broker(
            host="127.0.0.1",
            port=self.broker.port,
            ca_file=self.certificates.authority_file,
            cert_file=pair,
            key_file=pair,
        )

    def table(self, name: str) -> dict[str, Any]:
        """Return the same as a document."""
        return self.settings(name).model_dump(mode="json", exclude_defaults=True)

    def revoke(self, *names: str) -> None:
        """Put the certificates on the list, and let the broker read it."""
        now = datetime.now(UTC)
        serials = [read_certificate(self.certificates.client(name).read_bytes()).serial for name in names]
        listed = [Revoked(serial, now) for serial in serials]
        number = int(now.timestamp() * 1000)
        later = now + timedelta(seconds=1)  # than the list of before, whose time has whole seconds
        pem = self.certificates.authority.revocations(listed, now=later, number=number)
        replace(self.certificates.revoked_file, pem, 0o644)
        self.broker.reload()

    @contextmanager
    def peer(self, certificate: str | Path, client_id: str, *, is_lasting: bool = False) -> Iterator["Peer"]:
        """Connect a client. `certificate`: the name of one that is made, or a pair."""
        pair = certificate if isinstance(certificate, Path) else self.certificates.client(certificate)
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        context = ssl.create_default_context(cafile=str(self.certificates.authority_file))
        context.load_cert_chain(pair)
        client.tls_set_context(context)
        found = Peer(client)
        client.on_connect = lambda _c, _d, _f, reason, _p: found.connected.append(str(reason))
        client.on_disconnect = lambda _c, _d, _f, reason, _p: found.disconnected.append(str(reason))
        client.on_publish = lambda _c, _d, mid, reason, _p: found.published.__setitem__(mid, str(reason))
        client.on_subscribe = lambda _c, _d, mid, reasons, _p: found.granted.__setitem__(mid, len(reasons))
        client.on_message = lambda _c, _d, message: found.received.append((message.topic, bytes(message.payload)))
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 3600 if is_lasting else 0
        client.connect("127.0.0.1", self.broker.port, clean_start=not is_lasting, properties=properties)
        client.loop_start()
        try:
            wait_for(lambda: found.connected or found.disconnected, what="the broker's answer")
            yield found
        finally:
            client.disconnect()
            client.loop_stop()


@dataclass(slots=True)
class Peer:
    """A client and all that the broker told it."""

    client: mqtt.Client
    connected: list[str] = field(default_factory=list)
    disconnected: list[str] = field(default_factory=list)
    published: dict[int, str] = field(default_factory=dict)
    granted: dict[int, int] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def is_in(self) -> bool:
        return self.connected == ["Success"] and not self.disconnected

    def subscribe(self, *topics: str) -> None:
        _, mid = self.client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])
        wait_for(lambda: mid in self.granted, what="a SUBACK")

    def publish(self, topic: str, body: bytes) -> str:
        """Publish a message, and return the reason that the broker's PUBACK gave."""
        mid = self.client.publish(topic, body, qos=1).mid
        wait_for(lambda: mid in self.published, what=f"a PUBACK for {topic}")
        return self.published[mid]

    def send(self, topic: str, *bodies: bytes) -> None:
        """Publish messages, and wait until the broker has acknowledged all of them."""
        mids = [self.client.publish(topic, body, qos=1).mid for body in bodies]
        wait_for(lambda: set(mids) <= set(self.published), what="PUBACKs")


@contextmanager
def guarded_broker(folder: Path) -> Iterator[Guarded]:
    """Start the broker; skip the test where there is no Mosquitto."""
    if best_kind() != "mosquitto":
        pytest.skip("no mosquitto on the PATH")
    folder.mkdir(exist_ok=True)
    certificates = Certificates.prepare(folder)
    tls = Tls(certificates.authority_file, certificates.host(["127.0.0.1"]), certificates.write_first_revocations())
    broker = LocalBroker(folder / "broker", free_port(), "mosquitto", tls=tls)
    broker.start()
    try:
        yield Guarded(certificates, broker)
    finally:
        broker.stop()
        shutil.rmtree(folder / "broker", ignore_errors=True)
