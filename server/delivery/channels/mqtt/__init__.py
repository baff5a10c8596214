"""A topic of a broker: the webhook's document with QoS 1. Success is the broker's PUBACK without an error, which says
that the broker has it; whether anybody listens, nobody can tell."""

import asyncio
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import uuid4

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import Field, field_validator

from process.connections import Broker, introduce
from process.language import t
from process.settings import Settings
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Recipient
from server.delivery.document import document
from wire.topics import PREFIX as STATIONS

log = structlog.get_logger()
_TOPIC = re.compile(r"[\w.-]+(?:/[\w.-]+){0,9}")
_NOT_SET_UP = Attempt(Outcome.NOT_SET_UP, detail="[delivery.channels.mqtt] names no broker", is_final=True)
_NOT_CONNECTED = Attempt(Outcome.CONNECTION, detail="the broker is not connected")
_LONGEST_TOPIC = 200
_RECONNECT_S = (1, 15)


class MqttSettings(Settings):
    """The broker; `prefix` is put before every topic, so that no subscription writes where stations do."""

    broker: Annotated[Broker | None, Field(description="none: nothing is published")] = None
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", max_length=100)] = "alerts"

    @field_validator("prefix")
    @classmethod
    def _is_not_the_stations(cls, prefix: str) -> str:
        if prefix.split("/", maxsplit=1)[0] == STATIONS.split("/")[0]:
            raise ValueError(t("stations write there", "该主题前缀由检测点使用"))
        return prefix


class MqttChannel:
    """A message at a topic. The connection is made at the first message, and kept."""

    def __init__(self, settings: MqttSettings, network: Network) -> None:
        self._settings = settings
        self._network = network
        self._link: _Link | None = None

    async def close(self) -> None:
        if self._link:
            await asyncio.to_thread(self._link.stop)

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:  # noqa: ARG002  nothing here is signed
        """Try once. Raises only for our own mistakes."""
        broker = self._settings.broker
        if broker is None:
            return _NOT_SET_UP
        began = time.perf_counter()
        if self._link is None:
            self._link = _Link(broker)
        body = document(notice)
        attempt = await self._link.publish(f"{self._settings.prefix}/{to.address}", body, self._network.attempt_s)
        took = round((time.perf_counter() - began) * 1000)
        return Attempt(attempt.outcome, attempt.status, attempt.detail, took, code=attempt.code)


class _Link:
    """The connection: paho in a thread of its own, which comes back by itself."""

    def __init__(self, broker: Broker) -> None:
        self._loop = asyncio.get_running_loop()
        # An answer may come before publish() has returned its number: both wait for the lock.
        self._lock = threading.Lock()
        self._waiting: dict[int, asyncio.Future[Attempt]] = {}
        self._is_connected = asyncio.Event()
        name = f"server-alerts-{uuid4().hex[:8]}"
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        introduce(self._client, broker)
        self._client.reconnect_delay_set(*_RECONNECT_S)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = self._published
        self._client.connect_async(broker.host, broker.port, keepalive=broker.keepalive_s)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    async def publish(self, topic: str, body: bytes, within_s: float) -> Attempt:
        try:
            async with asyncio.timeout(within_s):
                await self._is_connected.wait()
                answer: asyncio.Future[Attempt] = self._loop.create_future()
                with self._lock:
                    sent = self._client.publish(topic, body, qos=1)
                    if sent.rc != mqtt.MQTT_ERR_SUCCESS:
                        return _NOT_CONNECTED
                    self._waiting[sent.mid] = answer
                return await answer
        except TimeoutError:
            if not self._is_connected.is_set():
                return _NOT_CONNECTED
            return Attempt(Outcome.TIMEOUT, detail=f"no answer within {within_s:g} s")
        except ValueError as exc:  # a topic or a message that paho does not take
            return Attempt(Outcome.REFUSED_ADDRESS, detail=str(exc)[:200], is_final=True)

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _: Properties | None
    ) -> None:
        if code.is_failure:
            log.error("alerts_broker_refused", reason=str(code))
            return
        self._loop.call_soon_threadsafe(self._is_connected.set)

    def _disconnected(
        self, _client: mqtt.Client, _data: object, _flags: mqtt.DisconnectFlags, _c: ReasonCode, _: Properties | None
    ) -> None:
        self._call(self._is_connected.clear)

    def _published(self, _client: mqtt.Client, _data: object, mid: int, code: ReasonCode, _: Properties) -> None:
        with self._lock:
            answer = self._waiting.pop(mid, None)
        if answer is None:
            return
        if code.is_failure:
            attempt = Attempt(Outcome.REJECTED, detail=str(code)[:200], code=str(code.value))
        else:
            attempt = Attempt(Outcome.DELIVERED)
        self._call(lambda: _answer(answer, attempt))

    def _call(self, what: Callable[[], object]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what)


def _answer(waiting: "asyncio.Future[Attempt]", attempt: Attempt) -> None:
    if not waiting.done():
        waiting.set_result(attempt)


def _check_address(text: str) -> None:
    if len(text) > _LONGEST_TOPIC or not _TOPIC.fullmatch(text):
        raise ValueError("the address is a topic below the channel's prefix: words between slashes, without wildcards")


CHANNEL = ChannelKind("mqtt", MqttSettings, _check_address, MqttChannel)
