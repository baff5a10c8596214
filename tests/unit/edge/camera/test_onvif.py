"""The cameras' own events by ONVIF, and their merging with the sightings."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from edge.camera.onvif import OnvifWorker, OwnWord
from edge.camera.view import Sighting, State
from tests.support.onvif_camera import OnvifCamera, onvif_camera
from tests.support.waiting import wait_for
from wire.cameras import CameraKind

ALL = {CameraKind.DARK, CameraKind.DEFOCUSED, CameraKind.MOVED, CameraKind.OFFLINE}


@contextmanager
def listening(camera: OnvifCamera) -> Iterator[OwnWord]:
    word, stop = OwnWord(), threading.Event()
    worker = OnvifWorker(
        "kitchen", "127.0.0.1", camera.port, login=lambda: ("admin", "s3cret"), word=word, random=Random(1)
    )
    worker._backoff._first_s = 0.05
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield word
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def test_the_four_health_topics_are_heard_and_taken_back() -> None:
    topics = ("ImageTooDark", "ImageTooBlurry", "GlobalSceneChange", "SignalLoss")
    with onvif_camera() as camera, listening(camera) as word:
        for _ in range(2):
            for topic in topics:
                camera.say(f"VideoSource/{topic}/ImagingService", "true")
            wait_for(lambda: word.kinds == ALL, timeout_s=90)
            for topic in topics:
                camera.say(f"VideoSource/{topic}/ImagingService", "false")
            wait_for(lambda: not word.kinds, timeout_s=90)
    assert "Unsubscribe" in camera.calls


def test_what_was_said_is_forgotten_with_the_connection_which_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    with onvif_camera() as camera, listening(camera) as word:
        for _ in range(2):
            camera.say("VideoSource/ImageTooDark/ImagingService", "true")
            wait_for(lambda: word.kinds == {CameraKind.DARK}, timeout_s=90)
            camera.is_refusing = True
            wait_for(lambda: not word.kinds, timeout_s=90)
            camera.is_refusing = False
    assert "s3cret" not in capsys.readouterr().out


def test_topics_that_say_nothing_of_health_are_passed_over() -> None:
    word = OwnWord()
    word.hear("tns1:RuleEngine/CellMotionDetector/Motion", {"State": "true"})
    word.hear("tns1:VideoSource", {"State": "true"})
    word.hear("tns1:VideoSource/ImageTooDark/ImagingService", {"State": "perhaps"})
    word.hear("", {})
    assert not word.kinds


def test_its_yes_outweighs_the_watchers_no_and_its_silence_nothing() -> None:
    word = OwnWord()
    seen = [Sighting(CameraKind.DARK, State.NO, "", {"luma": 90.0}), Sighting(CameraKind.MOTION, State.NO, "door")]
    assert word.merge(seen) == seen
    word.hear("tns1:VideoSource/ImageTooDark/ImagingService", {"State": "1"})
    word.hear("tns1:VideoSource/tns1:SignalLoss", {"State": "true"})
    dark, motion, lost = word.merge(seen)
    assert dark == Sighting(CameraKind.DARK, State.YES, "", {"luma": 90.0, "onvif": 1.0})
    assert motion == seen[1]
    assert (lost.kind, lost.state) == (CameraKind.OFFLINE, State.YES)
    word.forget()
    assert word.merge(seen) == [*seen, Sighting(CameraKind.OFFLINE, State.NO, "", {"onvif": 1.0})]
