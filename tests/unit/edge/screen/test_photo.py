"""Photographs of the screen: whole, small, without what a camera adds; kept by the agent before an event names them,
and brought to the centre of a station that has no camera."""

import base64
import hashlib
from pathlib import Path
from uuid import uuid4

import pytest

from edge.media.mentions import read_mentions
from edge.media.photos import PhotoPiece, Photos
from edge.media.store import MediaPlan, MediaStore
from edge.samples.errors import RefusedError
from edge.screen.photos import picture_alone
from edge.station_clock import utc_now
from tests.support.waiting import wait_for
from tests.unit.edge.screen.test_routes import Site


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


JFIF = segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
FRAME = segment(0xC0, bytes((8, 0, 8, 0, 8, 1, 1, 0x11, 0)))
SCAN = segment(0xDA, bytes((1, 1, 0, 0, 63, 0))) + b"\x12\x34\xff\x00\x56" * 20_000
EXIF = segment(0xE1, b"Exif\x00\x00 somewhere in the east, \xff\xd9 at six")
PLAIN = b"\xff\xd8" + JFIF + FRAME + SCAN + b"\xff\xd9"
TAKEN = (
    b"\xff\xd8"
    + EXIF
    + JFIF
    + segment(0xFE, b"by whom")
    + FRAME
    + SCAN
    + b"\xff\xd9"
    + b"\xff\xd8 a second one \xff\xd9"
)
HEADERS = {"Content-Type": "image/jpeg"}
NAME = hashlib.sha256(PLAIN).hexdigest()


def test_what_a_camera_adds_is_taken_out() -> None:
    assert picture_alone(TAKEN) == PLAIN
    assert picture_alone(PLAIN) == PLAIN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a\n" + bytes(99),
        PLAIN[:-2],
        b"\xff\xd8" + FRAME,
        b"\xff\xd8" + SCAN + b"\xff\xd9",
        b"\xff\xd8" + b"\xff" * 50,
    ],
)
def test_whatever_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        picture_alone(data)


def piece(data: bytes, offset: int, size: int, name: str = "") -> PhotoPiece:
    name = name or hashlib.sha256(data).hexdigest()
    return PhotoPiece(
        photo=name, size=size, offset=offset, data=base64.b64encode(data[offset : offset + 40_000]).decode()
    )


def test_pieces_make_the_file_and_a_repeated_one_nothing_more(tmp_path: Path) -> None:
    store = MediaStore(MediaPlan(tmp_path / "media", sends=False, min_free=1, disk_share=0.9), clock=utc_now)
    photos, size = Photos(store), len(PLAIN)
    for offset in (0, 0, 40_000):
        assert photos.take(piece(PLAIN, offset, size)) == {"offset": offset + 40_000, "is_kept": False}
    assert not store.is_begun
    assert photos.take(piece(PLAIN, 80_000, size)) == {"offset": size, "is_kept": True}
    assert store.path(NAME, "image/jpeg").read_bytes() == PLAIN
    store.close()


def test_other_bytes_than_the_name_says_are_refused(tmp_path: Path) -> None:
    store = MediaStore(MediaPlan(tmp_path / "media", sends=False, min_free=1, disk_share=0.9), clock=utc_now)
    for data, name in ((b"\xff\xd8\xff another \xff\xd9", NAME), (b"no picture", "")):
        with pytest.raises(RefusedError):
            Photos(store).take(piece(data, 0, len(data), name))
    assert not store.is_begun


def test_a_photograph_of_a_sample_a_card_and_a_handing_over(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        agent = site.agent
        assert not agent.store.is_begun, "a station that takes none has no store"
        for _ in range(2):
            assert site.browser.post("/api/photo", content=TAKEN, headers=HEADERS).json() == {"photo": NAME}
        sample = site.done("register", request=uuid4(), commodity="韭菜", photo=NAME)
        fields = {"sample": sample["number"], "item": "pesticide_inhibition", "verdict": "fail", "photo": NAME}
        result = site.done("type_result", request=uuid4(), **fields)
        site.done("handle", request=uuid4(), result=result["id"], step="handed_over", to="A-12", photo=NAME)
        assert agent.store.path(NAME, "image/jpeg").read_bytes() == PLAIN
        read_mentions(agent.spool, agent.store)
        (row,) = agent.store.newest(10)
        assert {sample["key"], result["id"]} < set(row.keys)
        assert len(row.keys) == 3
        wait_for(lambda: agent.media.state().files == 1, what="the worker to see it")
        for body, status, reason in ((b"GIF89a", 415, "no_photo"), (bytes(3 << 20), 413, "photo_too_large")):
            answer = site.browser.post("/api/photo", content=body, headers=HEADERS)
            assert (answer.status_code, answer.json()["refused"]) == (status, reason)
    finally:
        site.close()
