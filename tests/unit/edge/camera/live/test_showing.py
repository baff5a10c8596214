"""One camera while it is watched, without a broker: pictures that are sent, dropped and refused."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from PIL import Image
from prometheus_client import CollectorRegistry

from edge.camera.live.metrics import LiveMetrics
from edge.camera.live.showing import Showing, Watchable
from edge.camera.view import Bgr
from tests.support.live_station import DrawnCamera
from tests.support.video import decoded, stream
from wire.live import Head, Joiner, LiveCommand, Mode

AT = datetime(2026, 3, 2, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


@dataclass
class FakeSender:
    largest_body: int = 1 << 20
    is_behind: bool = False
    sent: list[tuple[Head, list[bytes]]] = field(default_factory=list)

    def publish(self, camera: str, head: Head, bodies: Sequence[bytes]) -> None:
        assert camera == "kitchen"
        self.sent.append((head, list(bodies)))

    def parts(self) -> list[str]:
        return [head.part for head, _ in self.sent]

    def body(self, *parts: str) -> bytes:
        return b"".join(b"".join(bodies) for head, bodies in self.sent if head.part in parts)


@dataclass
class Stage:
    camera: DrawnCamera
    sender: FakeSender
    registry: CollectorRegistry
    showing: Showing

    def ask(self, mode: str, now_s: float, fps: float = 5.0, for_s: float = 10.0, who: UUID = ONE) -> str:
        command = {"id": who, "camera": "kitchen", "mode": mode, "fps": fps, "for_s": for_s, "at": AT}
        return self.showing.obey(LiveCommand.model_validate(command), self.sender, now_s)

    def dropped(self, reason: str) -> float:
        return (
            self.registry.get_sample_value("shian_edge_live_dropped_total", {"camera": "kitchen", "reason": reason})
            or 0.0
        )


def stage(*modes: Mode, hide: bool = False) -> Stage:
    def hidden(image: Bgr) -> Bgr:
        image[:, :20] = 0
        return image

    registry = CollectorRegistry()
    camera = DrawnCamera()
    watchable = Watchable(camera, frozenset(modes or ("preview", "video")), hidden if hide else lambda image: image)
    return Stage(camera, FakeSender(), registry, Showing(watchable, LiveMetrics(registry), lambda: 1700))


@pytest.fixture
def live() -> Stage:
    return stage()


def white(width: int = 1280, height: int = 720) -> Bgr:
    return np.full((height, width, 3), 255, np.uint8)


def test_nobody_watches_and_nothing_is_sent(live: Stage) -> None:
    live.camera.show(1.0, white())
    assert live.showing.step(live.sender, 1.0) == float("inf")
    assert (live.sender.sent, live.camera.taps) == ([], ())


def test_previews_are_small_hidden_no_more_often_than_asked_and_end_with_the_wish() -> None:
    live = stage(hide=True)
    assert live.ask("preview", 0.0, fps=2) == "taken"
    for step in range(120):
        now_s = step / 10
        live.camera.show(now_s, white())
        live.showing.step(live.sender, now_s)
    assert live.sender.parts() == ["preview"] * 20
    picture = Image.open(io.BytesIO(live.sender.body("preview")))
    assert picture.size == (640, 360)
    shades = np.asarray(picture.convert("L"))
    assert shades[:, :16].max() < 30
    assert shades[:, 40:].min() > 225
    assert live.showing.step(live.sender, 12.0) == float("inf")


def test_a_frame_is_sent_once_and_the_camera_s_own_picture_is_left_as_it_is() -> None:
    live = stage(hide=True)
    live.ask("preview", 0.0)
    image = white(320, 180)
    live.camera.show(1.0, image)
    for now_s in (0.0, 0.5, 1.0):
        live.showing.step(live.sender, now_s)
    assert live.sender.parts() == ["preview"]
    assert image.min() == 255
    live.camera.newest = None
    live.showing.step(live.sender, 2.0)
    assert live.sender.parts() == ["preview"]


def test_video_begins_at_a_key_frame_with_its_init_segment_and_ends_when_nobody_wants_it(live: Stage) -> None:
    info, packets = stream()
    live.ask("video", 0.0)
    live.showing.step(live.sender, 0.0)
    live.camera.flow(info, packets[10:])
    live.showing.step(live.sender, 0.2)
    assert live.sender.parts() == (["init"] + ["fragment"] * 5) + (["init"] + ["fragment"] * 4)
    heads = [head for head, _ in live.sender.sent]
    assert [head.sequence for head in heads] == list(range(1, len(heads) + 1))
    assert {head.codec for head in heads} == {heads[0].codec}
    assert [head.is_key for head in heads if head.part == "fragment"] == [True, *[False] * 4, True, *[False] * 3]
    first = live.sender.sent[0][1][0]
    assert len(decoded(first + live.sender.body("fragment"))) == 45
    live.ask("none", 0.3)
    live.showing.step(live.sender, 0.3)
    assert not live.camera.taps


def test_a_wish_that_is_not_said_again_ends_the_video(live: Stage) -> None:
    live.ask("video", 0.0, for_s=1)
    live.showing.step(live.sender, 0.5)
    assert len(live.camera.taps) == 1
    live.showing.step(live.sender, 1.0)
    assert not live.camera.taps


def test_when_the_network_is_behind_video_goes_on_with_the_next_key_frame(live: Stage) -> None:
    info, packets = stream()
    live.ask("video", 0.0)
    live.ask("preview", 0.0, who=TWO)
    live.showing.step(live.sender, 0.0)
    live.sender.is_behind = True
    live.camera.show(0.0, white())
    live.camera.flow(info, packets[:15])
    live.showing.step(live.sender, 0.2)
    live.sender.is_behind = False
    live.camera.flow(info, packets[15:])
    live.showing.step(live.sender, 0.4)
    assert live.sender.parts()[:2] == ["preview", "init"]
    assert len(decoded(live.sender.sent[1][1][0] + live.sender.body("fragment"))) == 45
    assert live.dropped("behind") == 3
    assert live.dropped("awaits_key") == 3


def test_a_picture_larger_than_the_broker_takes_goes_in_pieces(live: Stage) -> None:
    live.sender.largest_body = 500
    live.ask("preview", 0.0)
    live.camera.show(0.0, np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8))
    live.showing.step(live.sender, 0.0)
    head, bodies = live.sender.sent[0]
    assert len(bodies) > 2
    joiner = Joiner()
    whole = [joiner.take(head.for_piece(at, len(bodies)), body) for at, body in enumerate(bodies)][-1]
    assert whole
    assert Image.open(io.BytesIO(whole)).size == (160, 90)


def test_what_the_site_does_not_allow_is_refused_and_the_rest_is_sent() -> None:
    live = stage("preview")
    assert live.ask("video", 0.0) == "privacy"
    assert live.sender.body("refusal") == b'{"mode":"video","reason":"privacy"}'
    live.showing.step(live.sender, 0.0)
    assert not live.camera.taps
    assert live.ask("preview", 0.0) == "taken"


def test_a_codec_that_mp4_does_not_hold_is_refused_once(live: Stage) -> None:
    info, packets = stream(seconds=1)
    live.ask("video", 0.0)
    live.showing.step(live.sender, 0.0)
    live.camera.flow(replace(info, codec="mjpeg"), packets)
    live.showing.step(live.sender, 0.2)
    assert live.sender.body("refusal") == b'{"mode":"video","reason":"codec"}'
    live.camera.flow(info, packets)
    live.showing.step(live.sender, 0.4)
    assert "fragment" in live.sender.parts()


def test_a_clock_that_goes_back_and_a_new_resolution_begin_anew(live: Stage) -> None:
    info, packets = stream(seconds=2)
    small, others = stream(seconds=2, size=(160, 96))
    live.ask("video", 0.0)
    live.showing.step(live.sender, 0.0)
    live.camera.flow(info, packets)
    live.camera.flow(info, packets)
    live.camera.flow(small, others)
    live.showing.step(live.sender, 0.2)
    assert live.dropped("not_muxable") == 1
    inits = [bodies[0] for head, bodies in live.sender.sent if head.part == "init"]
    assert len(set(inits)) == 2
    last = live.sender.parts()[::-1].index("init")
    tail = b"".join(bodies[0] for _, bodies in live.sender.sent[-last - 1 :])
    assert {(frame.width, frame.height) for frame in decoded(tail)} == {(160, 96)}


def test_packets_that_nobody_fetches_are_dropped_to_the_next_key_frame(live: Stage) -> None:
    info, packets = stream(seconds=2)
    big = [replace(packet, data=packet.data.ljust(1 << 17, b"\0")) for packet in packets]
    live.ask("video", 0.0)
    live.showing.step(live.sender, 0.0)
    live.camera.flow(info, big[:40])
    live.showing.step(live.sender, 0.2)
    live.camera.flow(info, packets[40:])
    live.ask("none", 0.3)
    live.showing.step(live.sender, 0.3)
    assert live.dropped("queue") == 33


def test_a_mask_that_comes_while_somebody_watches_ends_the_video_and_hides_in_the_next_preview(live: Stage) -> None:
    def hidden(image: Bgr) -> Bgr:
        image[:, :20] = 0
        return image

    live.ask("video", 0.0)
    live.showing.step(live.sender, 0.0)
    assert live.camera.taps
    live.showing.change(frozenset(("preview",)), hidden)
    live.showing.step(live.sender, 0.1)
    assert not live.camera.taps
    assert live.sender.parts() == ["refusal"]
    assert b"privacy" in live.sender.body("refusal")
    assert live.ask("video", 0.2) == "privacy"
    live.ask("preview", 0.2)
    live.camera.show(1.0, white())
    live.showing.step(live.sender, 0.3)
    image = np.asarray(Image.open(io.BytesIO(live.sender.body("preview"))).convert("L"))
    assert image[:, :8].mean() < 30
    assert image[:, 100:].mean() > 200
