"""Cameras behind a bad line: damaged packets, missing pictures, slices in packets of their own, streams that stall. By
a clock of the test's own; the packets are of a real H.264 stream."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from random import Random
from uuid import UUID

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from edge.camera.analysis import Analysis
from edge.camera.capture import Capture
from edge.camera.episodes import Change, Episodes
from edge.camera.frames import ArrayFrame
from edge.camera.packets import PacketRing
from edge.camera.patience import patience_of
from edge.camera.recorder import CameraRecorder
from edge.camera.settings import CameraSettings
from edge.camera.slices import Joiner
from edge.camera.soundness import Soundness
from edge.camera.stream import Source, Stream
from edge.camera.view import Gray, Sighting, View
from edge.camera.watchers import analysis_of
from edge.camera.worker import CameraWorker, Frames, Packets
from edge.metrics import Metrics
from tests.support.coded import Clock, Coded, CodedStream, Stop, damaged, film, packet_of, sliced
from wire.cameras import CameraKind
from wire.kinds.device import DeviceV1


@dataclass
class Recorded:
    """A recorder that only remembers."""

    changes: list[tuple[float, Change]] = field(default_factory=list)
    notes: list[DeviceV1] = field(default_factory=list)
    clock: Callable[[], float] = lambda: 0.0
    events: int = 0

    def take(self, changes: Sequence[Change], view: View | None) -> None:
        self.changes += [(self.clock(), change) for change in changes]

    def step(self, at_s: float) -> None:
        pass

    def note(self, data: DeviceV1) -> None:
        self.notes.append(data)

    def told(self) -> list[tuple[str, str]]:
        return [(change.kind.value, change.phase) for _, change in self.changes]


def watch(
    sent: Sequence[Coded], seconds: float, stalls_after_s: float = float("inf"), rate: float = 5.0
) -> tuple[Recorded, Metrics]:
    """Let a camera's capture and worker run for so long by the clock of the test."""
    clock, metrics, numbers = Clock(1000.0 + seconds), Metrics(CollectorRegistry()), count(1)
    recorded = Recorded(clock=clock)
    frames = Frames("kitchen", metrics, clock)
    capture = Capture(
        "kitchen",
        Source("rtsp://10.0.0.2/sub"),
        rate=rate,
        on_packet=None,
        on_frame=frames.put,
        backoff=(1.0, 30.0),
        monotonic=clock,
        random=Random(1),
        metrics=metrics,
        open_stream=lambda source, monotonic: as_stream(CodedStream(sent, clock, stalls_after_s)),
    )
    worker = CameraWorker(
        "kitchen",
        "rtsp://10.0.0.2/sub",
        captures={"capture:kitchen": capture},
        others={},
        frames=frames,
        packets=Packets(PacketRing(12.0, 1 << 20)),
        analysis=analysis(numbers),
        recorder=as_recorder(recorded),
        open_s=4.0,
        read_s=4.0,
        settle_s=2.0,
        lack="",
        arrange=lambda _camera: lambda _at_s: (),
        clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        zone=UTC,
        monotonic=clock,
        metrics=metrics,
    )
    clock.on_step = lambda: worker.step(0.0)
    capture.run(Stop(clock))
    return recorded, metrics


def analysis(numbers: "count[int]") -> Analysis:
    camera = CameraSettings.model_validate({"name": "kitchen", "url": "rtsp://10.0.0.2/sub"})
    return analysis_of(camera, lambda: UUID(int=next(numbers)))


def as_stream(stream: CodedStream) -> Stream:
    return stream  # type: ignore[return-value]  # has all that a capture uses


def as_recorder(recorded: Recorded) -> CameraRecorder:
    return recorded  # type: ignore[return-value]


def test_of_a_stream_with_damage_only_what_is_whole_is_judged() -> None:
    right, seen = lumas(film()), lumas(damaged(film(), 0.05))
    assert 80 < len(seen) < len(right) == 240
    for number, luma in seen.items():
        differs = np.abs(luma.astype(np.int16) - right[number]) > 25
        assert differs.mean() < 0.01, f"picture {number} is not what was sent"


def test_the_pictures_after_a_missing_one_are_set_aside_until_the_next_key_frame() -> None:
    sent = [packet for packet in film() if packet.number != 100]
    assert set(lumas(film())) - set(lumas(sent)) == set(range(100, 120))


def test_slices_in_packets_of_their_own_are_no_damage() -> None:
    sent = film(pictures=90, slices=4)
    assert len(sliced(sent)) == 360
    joined = lumas(sliced(sent))
    whole = lumas(sent)
    assert joined.keys() == whole.keys()
    assert all(np.array_equal(joined[number], whole[number]) for number in whole)


def lumas(sent: Sequence[Coded]) -> dict[int, Gray]:
    """Return the pictures that may be judged, by their number."""
    stream, sound, joiner = CodedStream(sent, Clock(0.0)), Soundness(), Joiner("h264")
    sound.begin("h264", b"")
    packets = [whole for coded in sent for whole in joiner.take(packet_of(coded))] + joiner.rest()
    found = [frame for packet in packets for frame in sound.pictures(packet, stream.decode, (packet.pts or 0) / 15)]
    return {frame.pts or 0: np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in found}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_line_that_damages_packets_is_one_event_and_its_pictures_are_none(seed: int) -> None:
    recorded, metrics = watch(damaged(film(), 0.05, seed), 120.0)
    assert recorded.told() == [("unstable", "start")]
    at_s, start = recorded.changes[0]
    assert at_s < 1060
    assert start.evidence["damaged"] > 5
    assert start.evidence["whole"] > start.evidence["damaged"]
    assert metrics.registry.get_sample_value("shian_edge_camera_decode_errors_total", {"camera": "kitchen"}) > 50  # type: ignore[operator]
    assert metrics.registry.get_sample_value("shian_edge_camera_frames_set_aside_total", {"camera": "kitchen"}) > 300  # type: ignore[operator]
    assert [(note.state, note.detail) for note in recorded.notes] == [("online", "")]


def test_a_sliced_stream_is_watched_without_a_word() -> None:
    recorded, metrics = watch(sliced(film(pictures=90, slices=4)), 40.0)
    assert recorded.told() == []
    assert not metrics.registry.get_sample_value("shian_edge_camera_decode_errors_total", {"camera": "kitchen"})


def test_a_stream_that_is_never_whole_is_away_and_says_why() -> None:
    recorded, _ = watch([replace(packet, data=packet.data[: len(packet.data) // 2]) for packet in film()], 100.0)
    kinds = [kind for kind, phase in recorded.told() if phase == "start"]
    assert sorted(kinds) == ["offline", "unstable"]
    offline = next(change for _, change in recorded.changes if change.kind == "offline")
    assert offline.evidence == {"damaged": 1.0}
    away = next(note for note in recorded.notes if note.state == "offline")
    assert away.detail.startswith("damaged: packets, ")


def test_a_stream_without_a_key_frame_for_a_minute_says_so() -> None:
    rest = [replace(packet, is_key=False) for packet in film(width=320)]
    sent = [replace(packet, number=packet.number + 240 * turn) for turn in range(4) for packet in rest]
    recorded, _ = watch([*sent, *(replace(packet, number=packet.number + 960) for packet in film(width=320))], 78.0)
    assert recorded.told() == [("offline", "start"), ("offline", "end")]
    assert recorded.changes[0][1].evidence == {"no_key_frame": 1.0}
    assert [(note.state, note.detail.partition(":")[0]) for note in recorded.notes] == [
        ("offline", "no_key_frame"), ("online", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_a_line_that_damages_much_is_one_event_too(share: float) -> None:
    recorded, _ = watch(damaged(film(width=320), share), 60.0)
    assert recorded.told() == [("unstable", "start")]


def test_a_picture_of_another_size_is_another_view_and_no_tamper() -> None:
    small, large = film(width=320), film()
    turns = [small, large, small]
    sent = [replace(packet, number=packet.number + 240 * turn) for turn, part in enumerate(turns) for packet in part]
    recorded, _ = watch(sent, 60.0)
    assert recorded.told() == []


def test_a_stream_that_stalls_every_20_s_is_one_event() -> None:
    recorded, _ = watch(film(width=320), 720.0, stalls_after_s=16.0, rate=1.0)
    told = recorded.told()
    assert told.count(("unstable", "start")) == 1
    assert told.count(("offline", "start")) <= 2
    assert told.count(("offline", "start")) == told.count(("offline", "end"))
    assert set(told) <= {("offline", "start"), ("offline", "end"), ("unstable", "start"), ("unstable", "update")}
    unstable = [(at_s, change) for at_s, change in recorded.changes if change.kind == "unstable"]
    assert unstable[0][0] < 1090
    assert unstable[-1][1].evidence["losses"] >= 25
    away = [change for _, change in recorded.changes if (change.kind, change.phase) == ("offline", "start")]
    assert all(change.evidence == {"stalled": 1.0} for change in away)
    assert len(recorded.notes) <= 8
    assert all(note.detail for note in recorded.notes if note.state == "offline")


def test_slices_of_a_picture_that_never_begins_are_not_held_for_ever() -> None:
    middle = Coded(b"\x00\x00\x00\x01\x41\x40" + bytes(1 << 20), 0, is_key=False)
    joiner = Joiner("h264")
    given = [whole for _ in range(40) for whole in joiner.take(packet_of(middle))]
    assert len(given) >= 3
    assert max(whole.size for whole in given) < 16 << 20


def test_pictures_of_a_line_that_comes_and_goes_are_judged_while_it_is_waited_for() -> None:
    """Check a line that is away for 30 s and back for 12, again and again: somebody is there whenever pictures come."""
    heard: list[frozenset[CameraKind]] = []

    class Listening:
        def look(self, view: View, trouble: frozenset[CameraKind]) -> Sequence[Sighting]:
            heard.append(trouble)
            return []

    numbers, at_s = count(1), 0.0
    judged = Analysis([Listening()], Episodes(patience_of({}), lambda: UUID(int=next(numbers))))
    for _ in range(12):
        for _ in range(30):
            at_s += 1.0
            judged.absent(at_s, "stalled")
        heard.clear()
        for _ in range(12):
            at_s += 1.0
            judged.look(View(at_s, datetime(2026, 1, 1), ArrayFrame(np.zeros((90, 160, 3), np.uint8))))  # noqa: DTZ001
        assert heard[-1] == frozenset()
    assert judged.open_kinds >= {CameraKind.OFFLINE}
