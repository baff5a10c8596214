"""The demo's cameras, live: no two rounds of a story give the same picture, and an agent reads them as any camera."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera.errors import StreamUnavailableError
from edge.camera.stream import Source, open_stream
from shian.demo.scenes.happenings import Happening, What
from shian.demo.scenes.live import LiveCameras
from shian.demo.scenes.scene import ROUND_S, Plan, Scene
from shian.local.ports import free_port

WIDTH = 640
AT = datetime(2026, 3, 9, 10, 22, 30)  # noqa: DTZ001  a drawing


def plan(*happenings: Happening) -> Plan:
    return Plan(seed=3, length_s=ROUND_S, happenings=happenings)


def luma(scene: Scene, at_s: float, clock: datetime) -> NDArray[np.int16]:
    return scene.picture(at_s, clock)[: WIDTH * 9 // 16].astype(np.int16)


@contextmanager
def served(**plans: Plan) -> Iterator[str]:
    port, ending = free_port(), threading.Event()
    with LiveCameras(port, plans, ending) as cameras:
        thread = threading.Thread(target=cameras.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            ending.set()
            cameras.shutdown()
            thread.join(30)


def read(url: str, count: int) -> list[NDArray[np.uint8]]:
    """Return the first pictures that an agent gets, gray."""
    stream, pictures = open_stream(Source(url, open_s=60, read_s=60)), []
    try:
        assert (stream.info.codec, stream.info.width, stream.info.height) == ("h264", WIDTH, WIDTH * 9 // 16)
        for packet in stream.packets():
            pictures += [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in stream.decode(packet)]
            if len(pictures) >= count:
                return pictures
    finally:
        stream.close()
    raise AssertionError("the stream ended")


@pytest.mark.parametrize("later", [timedelta(seconds=1), timedelta(minutes=5), timedelta(hours=3), timedelta(days=1)])
@pytest.mark.parametrize("what", [None, *What])
def test_another_round_differs_by_its_clock_alone(later: timedelta, what: What | None) -> None:
    planned = plan(*([Happening(what, 10, 20)] if what else []))
    one, other = (luma(Scene(planned, WIDTH), 15, at) for at in (AT, AT + later))
    assert 0 < np.mean(one != other) < 0.05


def test_in_a_frozen_picture_the_clock_stands_and_the_next_round_freezes_anew() -> None:
    scene = Scene(plan(Happening(What.FROZEN, 10, 20)), WIDTH)
    first, last = luma(scene, 10, AT), luma(scene, 19, AT + timedelta(seconds=9))
    assert np.array_equal(first, last)
    luma(scene, 21, AT + timedelta(seconds=11))
    assert not np.array_equal(first, luma(scene, 10, AT + timedelta(seconds=60)))


def test_an_agent_reads_it_as_any_camera_and_who_comes_later_sees_what_is_then() -> None:
    with served(kitchen=plan(Happening(What.COVERED, 0, 1.0))) as address:
        first = read(address + "kitchen.ts", 20)
        assert first[5].std() < first[-1].std(), "the story begins with its first viewer"
        again = read(address + "kitchen.ts", 1)
        assert abs(again[0].std() - first[-1].std()) < 5, "and not anew with the second"


def test_a_camera_that_is_not_there_is_not_found() -> None:
    with served(kitchen=plan()) as address, pytest.raises(StreamUnavailableError, match="not_found"):
        open_stream(Source(address + "cellar.ts", open_s=60))
