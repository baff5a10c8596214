"""The live worker of a station against real brokers of both kinds, with a plain MQTT client for the centre."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from shian.local.broker import Kind, LocalBroker
from tests.support import services
from tests.support.camera_station import camera_document
from tests.support.edge_station import running
from tests.support.live_station import DrawnCamera, live_station, rolling
from tests.support.video import decoded, stream
from tests.support.videos import write_video
from tests.support.waiting import wait_for
from wire.live import Head, Joiner, LiveCommand, decode_refusal, encode
from wire.topics import Leaf, subscription, topic

BOTH_KINDS: list[Kind] = ["mosquitto", "iotcore"]


@pytest.fixture(params=BOTH_KINDS)
def broker(request: pytest.FixtureRequest) -> Iterator[LocalBroker]:
    with services.broker(request.param) as started:
        yield started


@dataclass
class Centre:
    client: mqtt.Client
    heads: list[Head] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    pieces: int = 0
    _joiner: Joiner = field(default_factory=Joiner)

    def hear(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        said = message.properties
        head = Head.parse(getattr(said, "ContentType", ""), getattr(said, "UserProperty", ()))
        self.pieces += 1
        body = self._joiner.take(head, bytes(message.payload))
        if body is not None:
            self.heads.append(head)
            self.bodies.append(body)

    def ask(self, mode: str, camera: str = "kitchen", who: UUID | None = None, **more: Any) -> UUID:
        who = who or uuid4()
        command = {"id": who, "camera": camera, "mode": mode, "at": datetime.now(UTC), **more}
        self.say(encode(LiveCommand.model_validate(command)))
        return who

    def say(self, body: bytes) -> None:
        self.client.publish(topic("m1", Leaf.COMMANDS), body, qos=0)

    def parts(self, part: str) -> list[bytes]:
        return [body for head, body in zip(self.heads, self.bodies, strict=False) if head.part == part]


@contextmanager
def centre(port: int) -> Iterator[Centre]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="centre", protocol=mqtt.MQTTv5)
    watched, is_ready = Centre(client), threading.Event()
    client.on_message = watched.hear
    client.on_connect = lambda connection, *_: connection.subscribe(subscription(Leaf.LIVE))
    client.on_subscribe = lambda *_: is_ready.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        assert is_ready.wait(10)
        yield watched
    finally:
        client.disconnect()
        client.loop_stop()


def test_pictures_come_on_request_and_end_with_it(broker: LocalBroker) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera) as station, centre(broker.port) as monitor, rolling(camera):
        preview, video = monitor.ask("preview", fps=5), monitor.ask("video")
        wait_for(lambda: len(monitor.parts("fragment")) >= 4 and len(monitor.parts("preview")) >= 2, what="pictures")
        monitor.ask("none", who=preview)
        monitor.ask("none", who=video)
        wait_for(lambda: not camera.taps and station.count("viewed") == 0, what="the end")
        sent = station.count("sent_total")
        monitor.say(b"not a command")
        wait_for(lambda: station.count("commands_total", outcome="not_a_command") == 1)
        assert station.count("sent_total") == sent
        wait_for(lambda: len(monitor.heads) == sent, what="all that was sent")
    pictures = decoded(monitor.parts("init")[0] + b"".join(monitor.parts("fragment")))
    assert len(pictures) >= 20
    assert all(body.startswith(b"\xff\xd8") for body in monitor.parts("preview"))


def test_a_lost_centre_ends_the_sending_by_the_time_box(broker: LocalBroker) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera) as station, centre(broker.port) as monitor, rolling(camera):
        monitor.ask("video", for_s=5.0)
        wait_for(lambda: station.count("sent_total", part="fragment") > 0, what="video")
        wait_for(lambda: not camera.taps, what="the end of the time box")


def test_a_key_frame_larger_than_the_broker_s_packets_arrives_whole(broker: LocalBroker) -> None:
    info, packets = stream(seconds=1, size=(1280, 720), bit_rate=20_000_000)
    camera = DrawnCamera(video=(info, packets))
    with live_station(broker.port, camera), centre(broker.port) as monitor, rolling(camera):
        monitor.ask("video")
        wait_for(lambda: len(monitor.parts("fragment")) >= 3, what="fragments")
    assert max(map(len, monitor.parts("fragment"))) > 128 * 1024
    assert monitor.pieces > len(monitor.heads)
    assert decoded(monitor.parts("init")[0] + monitor.parts("fragment")[0])[0].width == 1280


def test_an_unknown_camera_is_refused_and_a_kept_command_is_nobody_s_wish(broker: LocalBroker) -> None:
    camera = DrawnCamera()
    with centre(broker.port) as monitor:
        command = {"id": uuid4(), "camera": "kitchen", "mode": "video", "at": datetime.now(UTC)}
        kept = encode(LiveCommand.model_validate(command))
        monitor.client.publish(topic("m1", Leaf.COMMANDS), kept, qos=1, retain=True).wait_for_publish(10)
        with live_station(broker.port, camera) as station:
            monitor.ask("preview", camera="cellar")
            wait_for(lambda: monitor.parts("refusal"), what="the refusal")
            assert decode_refusal(monitor.parts("refusal")[0]).reason == "unknown_camera"
            assert station.count("commands_total", outcome="taken") == 0
            assert camera.taps == ()


def test_the_broker_comes_back_and_so_does_the_worker(broker: LocalBroker) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera) as station:
        with centre(broker.port) as monitor:
            monitor.ask("video", for_s=60)
            wait_for(lambda: camera.taps, what="the tap")
        broker.kill()
        wait_for(lambda: not camera.taps and not station.worker.is_connected, what="the loss")
        broker.start()
        wait_for(lambda: station.worker.is_connected, what="the return")
        with centre(broker.port) as monitor, rolling(camera):
            monitor.ask("preview")
            wait_for(lambda: monitor.parts("preview"), what="a preview")


@pytest.mark.parametrize(("evidence", "are_refused"), [({"blur": "none"}, False), ({"blur": "faces"}, True)])
def test_an_agent_shows_its_camera_as_the_policy_allows(
    tmp_path: Path, broker: LocalBroker, evidence: dict[str, str], are_refused: bool
) -> None:
    film = write_video(tmp_path / "film.mp4", seconds=4)
    document = camera_document(tmp_path, broker.port, {"kitchen": str(film)})
    document["camera"][0] |= {"evidence": evidence}
    document["camera"][0]["stream"]["loop"] = True
    with running(document) as agent, centre(broker.port) as monitor:
        assert agent.live is not None
        wait_for(lambda: agent.live and agent.live.is_connected and agent.cameras[0].newest, what="a picture")
        monitor.ask("preview", fps=5)
        monitor.ask("video")
        wait_for(lambda: monitor.parts("preview"), what="a preview")
        if are_refused:
            wait_for(lambda: monitor.parts("refusal"), what="the refusal")
            assert decode_refusal(monitor.parts("refusal")[0]).reason == "privacy"
        else:
            wait_for(lambda: len(monitor.parts("fragment")) >= 4, what="fragments")
            assert len(decoded(monitor.parts("init")[0] + b"".join(monitor.parts("fragment")))) >= 4
