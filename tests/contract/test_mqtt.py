"""The MQTT channel against a real broker, and ports that are none."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from server.delivery.channel import Attempt, Outcome, Recipient
from server.delivery.channels import channels
from server.delivery.message import AlertFacts
from shian.local.broker import LocalBroker
from shian.local.ports import free_port
from tests.contract.channel_kit import ALERT, HASTY_S, NOTICE, PATIENT_S, ChannelKit
from tests.support.webhooks import Answer, receiving


@contextmanager
def listening(port: int, topic: str) -> Iterator[list[bytes]]:
    """Listen at a topic during the block."""
    heard: list[bytes] = []
    is_there, has_come = threading.Event(), threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)

    def on_message(_c: mqtt.Client, _d: object, message: mqtt.MQTTMessage) -> None:
        heard.append(bytes(message.payload))
        has_come.set()

    client.on_message = on_message

    def on_connect(*_: object) -> None:
        client.subscribe(topic, qos=1)

    client.on_connect = on_connect
    client.on_subscribe = lambda *_: is_there.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        assert is_there.wait(60)
        yield heard
        assert has_come.wait(60)
    finally:
        client.disconnect()
        client.loop_stop()


class TestMqtt(ChannelKit):
    name = "mqtt"
    many = 20  # brokers bound a packet

    @pytest.fixture(autouse=True)
    def _broker(self, broker: LocalBroker) -> None:
        self.port = broker.port

    def an_address(self) -> str:
        return "district/east"

    def publish(self, port: int, *, attempt_s: float = PATIENT_S, **more: Any) -> Attempt:
        to = Recipient(self.an_address(), None)
        broker = {"host": "127.0.0.1", "port": port}
        return self.once(to, replace(NOTICE, **more), attempt_s=attempt_s, broker=broker, prefix="alerts")

    def sent(self, alert: AlertFacts = ALERT, **more: Any) -> tuple[Attempt, str]:
        with listening(self.port, "alerts/district/east") as heard:
            attempt = self.publish(self.port, alert=alert, **more)
        data = json.loads(heard[0])["data"]
        told = (data, *data.get("others", ()))
        return attempt, "\n".join(
            [
                word
                for one in told
                for word in (said for name in ("title", "late", "notice") for said in one.get(name, {}).values())
            ]
        )

    def test_a_closed_port_and_one_that_is_no_broker_have_their_name(self) -> None:
        assert self.publish(free_port(), attempt_s=HASTY_S).outcome is Outcome.CONNECTION
        with receiving(lambda _: Answer(holds=True)) as silent:
            assert self.publish(silent.port, attempt_s=HASTY_S).outcome is Outcome.CONNECTION
        with receiving(lambda _: Answer(raw=b"SSH-2.0-OpenSSH_9.2\r\n")) as other:
            assert self.publish(other.port, attempt_s=HASTY_S).outcome is Outcome.CONNECTION

    @pytest.mark.parametrize("topic", ["#", "a/+/b", "$SYS/x", "/a", "a//b", "a b", "x" * 300])
    def test_a_topic_with_wildcards_or_without_words_is_refused(self, topic: str) -> None:
        with pytest.raises(ValueError, match="topic"):
            channels()["mqtt"].check_address(topic)

    def test_nobody_can_be_subscribed_where_stations_write(self) -> None:
        with pytest.raises(ValueError, match="prefix"):
            channels()["mqtt"].settings.model_validate({"prefix": "shian/1"})

    def test_without_a_broker_nothing_is_sent_and_the_receipt_says_so(self) -> None:
        attempt = self.once(Recipient("a", None), NOTICE)
        assert (attempt.outcome, attempt.is_final) == (Outcome.NOT_SET_UP, True)
