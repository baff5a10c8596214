"""A camera's evidence: its files in the media store, and the event that tells of them."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from edge.camera.episodes import Change, Phase
from edge.camera.evidence.hiding import Hiding
from edge.camera.evidence.making import CameraEvidence, ClipThread
from edge.camera.evidence.settings import EvidenceSettings
from edge.camera.frames import ArrayFrame
from edge.camera.packets import PacketRing
from edge.camera.recorder import CameraRecorder
from edge.camera.view import Bgr, Box, View
from edge.media.index import MediaKind
from edge.media.store import Disk, MediaPlan, MediaStore
from edge.metrics import Metrics
from edge.spool.spool import Spool
from tests.support.edge_station import ROOT
from tests.support.footage import encoded, left_top, pictures, ring_of, room
from tests.unit.edge.camera.evidence.test_clip import DarkSquares, contrast
from tests.unit.edge.conftest import Turned
from wire.cameras import CameraKind
from wire.codec import decode
from wire.events import source_of
from wire.kinds.camera import CameraEvent

MASK = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0))
CAMERA = "cam"


def change(
    key: UUID | None = None,
    *,
    phase: Phase = "start",
    at_s: float = 6.0,
    boxes: tuple[Box, ...] = (),
    kind: CameraKind = CameraKind.COVERED,
) -> Change:
    return Change(key or uuid4(), kind, "", phase, at_s, at_s - 2, {"edges": 0.1}, boxes)


def view(image: Bgr) -> View:
    return View(6.0, datetime(2026, 1, 1, tzinfo=UTC), ArrayFrame(image))


class Site:
    """A media store with room, and evidence made as the test wants it."""

    def __init__(self, folder: Path, turned: Turned) -> None:
        self.turned = turned
        self.disk = Disk(1 << 40, 1 << 40)
        self.store = MediaStore(
            MediaPlan(folder / "media", sends=True), clock=lambda: turned.now, disk=lambda _: self.disk
        )
        self.clips = ClipThread()
        self.metrics = Metrics(CollectorRegistry())

    def evidence(self, hiding: Hiding, **settings: Any) -> CameraEvidence:
        made = EvidenceSettings.model_validate(settings)
        return CameraEvidence(CAMERA, made, hiding, store=self.store, clips=self.clips, metrics=self.metrics)

    def file(self, sha256: str | None, kind: MediaKind, *, stays: bool = False) -> Path:
        assert sha256 is not None
        return self.store.path(sha256, kind, stays=stays)

    def picture(self, sha256: str | None) -> Bgr:
        image = cv2.imread(str(self.file(sha256, "image/jpeg")))
        assert image is not None
        return np.asarray(image, np.uint8)

    def failures(self, reason: str) -> float:
        return float(self.metrics.camera_evidence_failed.labels(CAMERA, reason)._value.get())


@pytest.fixture
def site(tmp_path: Path, turned: Turned) -> Iterator[Site]:
    opened = Site(tmp_path, turned)
    yield opened
    opened.clips.close()
    opened.store.close()


def wait(future: Future[str | None] | None) -> str | None:
    assert future is not None
    return future.result(60)


def test_a_snapshot_hides_masks_and_faces_and_leaves_the_frame_alone(site: Site) -> None:
    image = room(10)
    evidence = site.evidence(Hiding((MASK,), hides_faces=True, faces=DarkSquares()))
    shown = site.picture(evidence.snapshot(change(), view(image)))
    assert np.array_equal(image, room(10))
    assert contrast(shown, 10) < 15 < contrast(image, 10)
    assert shown[190:, 330:].mean() < 3
    assert np.abs(shown[:90].astype(int) - image[:90]).mean() < 8


def test_a_mask_that_comes_later_is_black_in_the_next_snapshot_and_in_a_clip_that_was_due(site: Site) -> None:
    image = room(10)
    evidence = site.evidence(Hiding(), clip="station")
    assert site.picture(evidence.snapshot(change(), view(image)))[190:, 330:].mean() > 3
    evidence.hide(Hiding((MASK,)))
    assert site.picture(evidence.snapshot(change(), view(image)))[190:, 330:].mean() < 3
    shown = pictures(site.file(wait(evidence.clip(change(at_s=7.0), ring_of(*encoded()))), "video/mp4", stays=True))
    assert shown[0][1][190:, 330:].mean() < 3


def test_the_head_of_a_person_that_a_rule_found_is_hidden_too(site: Site) -> None:
    class Nobody:
        labels = ("face",)

        def detect(self, image: Bgr) -> list[Box]:
            return []

    left, top = left_top(10)
    person = Box("person", 0.9, left, top, 48, 120)
    evidence = site.evidence(Hiding(hides_faces=True, faces=Nobody()), width=320)
    shown = site.picture(evidence.snapshot(change(boxes=(person,)), view(room(10))))
    assert shown.shape == (180, 320, 3)
    head, legs = shown[55:70, 32:52, 0].astype(int), shown[85:105, 32:52, 0].astype(int)
    assert np.abs(np.diff(head, axis=0)).mean() < np.abs(np.diff(legs, axis=0)).mean() / 2


def test_without_a_face_detector_a_snapshot_is_coarse_unless_the_site_says_otherwise(site: Site) -> None:
    coarse = site.picture(site.evidence(Hiding(hides_faces=True)).snapshot(change(), view(room(10))))
    sharp = site.picture(site.evidence(Hiding(), blur="none").snapshot(change(), view(room(10))))
    assert contrast(coarse, 10) < 15
    assert contrast(sharp, 10) > 50


def test_a_frame_without_pixels_is_no_picture(site: Site) -> None:
    assert site.evidence(Hiding()).snapshot(change(), view(np.zeros((0, 0, 3), np.uint8))) is None
    assert site.failures("no_picture") == 1


def test_a_full_disk_costs_the_picture_and_no_more(site: Site) -> None:
    site.disk = Disk(1 << 40, 0)
    evidence = site.evidence(Hiding())
    assert evidence.snapshot(change(), view(room(0))) is None
    assert wait(evidence.clip(change(), ring_of(*encoded()))) is None
    assert site.failures("MediaFullError") == 2


def test_a_clip_with_nothing_to_hide_is_the_cameras_own(site: Site) -> None:
    made = site.evidence(Hiding(), blur="none").clip(change(at_s=7.0), ring_of(*encoded()))
    shown = pictures(site.file(wait(made), "video/mp4"))
    assert len(shown) == 100
    assert contrast(shown[5][1], 25) > 50


def test_a_clip_that_may_leave_shows_no_face(site: Site) -> None:
    made = site.evidence(Hiding(hides_faces=True, faces=DarkSquares())).clip(change(at_s=7.0), ring_of(*encoded()))
    for number, (_, image) in enumerate(pictures(site.file(wait(made), "video/mp4")), start=20):
        assert contrast(image, number) < 15


def test_a_clip_that_stays_is_sharp_but_its_masks_are_black(site: Site) -> None:
    hiding = Hiding((MASK,), hides_faces=True)
    made = site.evidence(hiding, clip="station").clip(change(at_s=7.0), ring_of(*encoded()))
    shown = pictures(site.file(wait(made), "video/mp4", stays=True))
    assert contrast(shown[0][1], 20) > 30
    assert shown[0][1][190:, 330:].mean() < 3
    with site.store.index() as index:
        assert index.pending() == []


def test_no_clips_and_no_packets_make_nothing(site: Site) -> None:
    assert site.evidence(Hiding(), clip="off").clip(change(), ring_of(*encoded())) is None
    assert site.evidence(Hiding()).clip(change(), PacketRing(12, 1 << 20)) is None


def test_what_a_stream_showed_hours_before_it_was_lost_is_no_clip_of_now(site: Site) -> None:
    """Check a main stream that went away: events are still found in the other one."""
    for kind in (CameraKind.INTRUSION, CameraKind.OFFLINE):
        assert site.evidence(Hiding()).clip(change(at_s=7200.0, kind=kind), ring_of(*encoded())) is None
    assert site.failures("no_packets") == 2


@pytest.mark.parametrize("hiding", [Hiding(), Hiding(hides_faces=True)], ids=["copied", "made anew"])
def test_the_clip_of_an_absence_shows_what_came_before_it(site: Site, hiding: Hiding) -> None:
    gone = change(at_s=11.9 + 60, kind=CameraKind.OFFLINE)
    made = site.evidence(hiding).clip(gone, ring_of(*encoded()))
    assert len(pictures(site.file(wait(made), "video/mp4"))) >= 50


def test_one_clip_at_a_time_and_few_wait(site: Site) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go.wait(60)

    assert site.clips.submit(slow) is not None
    assert begun.wait(60)
    evidence, ring = site.evidence(Hiding()), ring_of(*encoded())
    waiting = [evidence.clip(change(at_s=7.0), ring) for _ in range(6)]
    assert [future is None for future in waiting] == [False] * 4 + [True] * 2
    assert site.failures("too_many_clips") == 2
    go.set()
    assert {wait(future) is not None for future in waiting[:4]} == {True}


class Told:
    """A recorder with evidence, and the events that it put into the spool."""

    def __init__(self, site: Site, spool: Spool, evidence: CameraEvidence) -> None:
        self.spool = spool
        self.recorder = CameraRecorder(
            CAMERA, source_of("m1", CAMERA), spool, ring=ring_of(*encoded()), evidence=evidence, metrics=site.metrics
        )

    def events(self) -> list[tuple[str, int]]:
        found = [decode(row.body) for row in self.spool.events_with(b"shian.camera.v1", 0, 1000)]
        return [(event.data.phase, len(event.data.media)) for event in found if isinstance(event, CameraEvent)]

    def settle(self, site: Site, at_s: float) -> None:
        """Step at `at_s`, and once more when the clip is made."""
        self.recorder.step(at_s)
        wait(site.clips.submit(lambda: None))  # whatever came before it is done
        self.recorder.step(at_s)


def test_the_clip_comes_with_an_update(site: Site, spool: Spool) -> None:
    told = Told(site, spool, site.evidence(Hiding()))
    told.recorder.take([change(at_s=6.0)], view(room(60)))
    told.settle(site, 10.9)
    assert told.events() == [("start", 1)]
    told.settle(site, 11.0)
    assert told.events() == [("start", 1), ("update", 2)]


def test_the_clip_of_an_episode_that_is_over_does_not_begin_it_anew(site: Site, spool: Spool) -> None:
    told = Told(site, spool, site.evidence(Hiding()))
    key = uuid4()
    told.recorder.take([change(key, at_s=6.0)], view(room(60)))
    told.recorder.take([change(key, at_s=8.0, phase="end")], view(room(80)))
    told.settle(site, 11.0)
    assert told.events() == [("start", 1), ("end", 0), ("end", 2)]


def test_a_crash_in_making_a_picture_or_a_clip_is_told_and_costs_no_event(site: Site, spool: Spool) -> None:
    class Broken:
        labels = ("face",)

        def detect(self, image: Bgr) -> list[Box]:
            raise RuntimeError("a model that fails")

    told = Told(site, spool, site.evidence(Hiding(hides_faces=True, faces=Broken())))
    with pytest.raises(RuntimeError, match="a model that fails"):  # the supervisor tells of it
        told.recorder.take([change(at_s=6.0, phase="end"), change(at_s=6.0)], view(room(60)))
    assert told.events() == [("end", 0), ("start", 0)]
    told.settle(site, 11.0)
    assert told.events() == [("end", 0), ("start", 0)]
    assert site.failures("crashed") == 1


# In a process of its own: which threads OpenCV has depends on what ran before.
WORKING_THREADS = """
import json, sys
from pathlib import Path

import numpy as np

from edge.camera.building import keep_to_own_threads
from edge.camera.evidence.clip import Cut, remake
from edge.camera.evidence.hiding import Hiding
from edge.camera.evidence.making import ClipThread
from tests.support.footage import encoded


class Faces:
    labels = ("face",)

    def detect(self, image):
        import cv2
        for _ in range(20):
            cv2.GaussianBlur(cv2.resize(image, (1600, 900)), (0, 0), 4)
        return []


def used():
    "Seconds/100 of each thread, and its priority."
    found = {}
    for task in Path("/proc/self/task").iterdir():
        fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        found[task.name] = int(fields[11]) + int(fields[12]), int(fields[16])
    return found


keep_to_own_threads()
cut = Cut(*encoded(seconds=8, width=1280, height=720), begin_s=0.0)
before, clips = used(), ClipThread()
clips.submit(lambda: remake(cut, Path(sys.argv[1]), Hiding(hides_faces=True, faces=Faces()), width=640)).result()
now = used()
print(json.dumps([(time - before.get(name, (0, 0))[0], nice) for name, (time, nice) in now.items()]))
"""


def test_all_work_for_a_clip_is_of_the_lowest_priority(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", WORKING_THREADS, str(tmp_path / "clip.mp4")]
    threads = json.loads(subprocess.check_output(argv, cwd=ROOT, text=True))
    assert [nice for time, nice in threads if time > 5] == [19]
    usual = sum(time for time, nice in threads if nice < 19)
    assert usual <= 5 < sum(time for time, nice in threads if nice == 19)
