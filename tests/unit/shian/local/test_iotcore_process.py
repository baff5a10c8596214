"""iotcore whose router died is noticed and ended, so that it can be started anew."""

import threading
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from shian.local.broker import LocalBroker, Tls
from shian.local.certificates import Certificates
from shian.local.iotcore_process import answers, watch
from shian.local.ports import free_port
from tests.support import services
from tests.support.waiting import wait_for

FILTER = "$share/group/watched/+/x"


def client(name: str, port: int, *, is_lasting: bool = False) -> mqtt.Client:
    is_connected = threading.Event()
    connection = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5, manual_ack=True)
    connection.on_connect = lambda *_: is_connected.set()
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    if is_lasting:
        properties.SessionExpiryInterval = 60
    connection.connect("127.0.0.1", port, clean_start=not is_lasting, properties=properties)
    connection.loop_start()
    assert is_connected.wait(20)
    return connection


def leave_unacknowledged(port: int, *, is_lasting: bool) -> None:
    """Subscribe to a group, take a message without acknowledging it, and break the connection."""
    arrived, subscribed = threading.Event(), threading.Event()
    reader = client("reader", port, is_lasting=is_lasting)
    reader.on_message = lambda *_: arrived.set()
    reader.on_subscribe = lambda *_: subscribed.set()
    reader.subscribe(FILTER, qos=1)
    assert subscribed.wait(20)
    writer = client("writer", port)
    writer.publish("watched/1/x", b"unread", qos=1).wait_for_publish(20)
    assert arrived.wait(20)
    sock = reader.socket()
    assert sock is not None
    reader.on_disconnect = lambda *_: None
    reader.loop_stop()
    sock.close()
    writer.disconnect()
    writer.loop_stop()


def test_a_router_that_died_ends_the_process() -> None:
    with services.broker("iotcore") as broker:
        assert answers(broker.port)
        leave_unacknowledged(broker.port, is_lasting=True)
        wait_for(lambda: not broker.is_running, timeout_s=60, what="the broker to end itself")
        broker.start()
        assert answers(broker.port)


def test_a_clean_session_does_not_kill_the_router() -> None:
    with services.broker("iotcore") as broker:
        leave_unacknowledged(broker.port, is_lasting=False)
        assert answers(broker.port)
        assert answers(broker.port)


def test_one_missed_answer_is_forgiven() -> None:
    seen: list[str] = []
    replies = iter([True, False, True, False, False])
    watch(lambda: next(replies), lambda: seen.append("end"), lambda _: seen.append("pause"))
    assert seen == ["pause"] * 5 + ["end"]


def test_by_tls_the_broker_encrypts_and_asks_for_no_certificate(tmp_path: Path) -> None:
    """Show what docs/broker.md says of iotcore: anybody who trusts the authority gets in."""
    certificates = Certificates.prepare(tmp_path)
    host, revoked = certificates.host(["127.0.0.1"]), certificates.write_first_revocations()
    tls = Tls(certificates.authority_file, host, revoked)
    broker = LocalBroker(tmp_path / "broker", free_port(), "iotcore", tls=tls)
    broker.start()
    try:
        wait_for(lambda: answers(broker.port, authority=certificates.authority_file), what="an answer by TLS")
        assert not answers(broker.port, patience_s=1.0)
    finally:
        broker.stop()
