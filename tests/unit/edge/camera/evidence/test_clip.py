"""Clips cut from packets, held against what was drawn."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from edge.camera.evidence.clip import ClipError, Cut, copy, remake
from edge.camera.evidence.hiding import Hiding
from edge.camera.packets import Packet
from edge.camera.view import Bgr, Box
from tests.support.footage import SQUARE, encoded, left_top, pictures, ring_of, room


class DarkSquares:
    """Finds the square that walks through the room, as a face detector finds faces."""

    labels = ("face",)

    def __init__(self) -> None:
        self.looks = 0

    def detect(self, image: Bgr) -> Sequence[Box]:
        self.looks += 1
        spots = np.argwhere(cv2.blur(image[:, :, 0], (5, 5)) < 45)
        if not len(spots):
            return []
        (top, left), (bottom, right) = spots.min(axis=0), spots.max(axis=0)
        return [Box("face", 0.9, float(left), float(top), float(right - left), float(bottom - top))]


def contrast(image: Bgr, number: int) -> float:
    """Return how clearly the square's lines are seen: about 70 as drawn."""
    left, top = left_top(number)
    part = image[top + 4 : top + SQUARE - 4, left + 4 : left + SQUARE - 4, 0].astype(float)
    return float(np.abs(np.diff(part, axis=0)).mean())


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("is_annex_b", [True, False])
def test_a_copy_plays_and_holds_the_cameras_own_packets(tmp_path: Path, codec: str, is_annex_b: bool) -> None:
    info, packets = encoded(codec, is_annex_b=is_annex_b)
    found = ring_of(info, packets).since(5.3)
    assert found is not None
    copy(Cut(*found, begin_s=5.3), tmp_path / "clip.mp4")
    shown = pictures(tmp_path / "clip.mp4")
    first = 12 * 10 - len(shown)
    assert first == 40  # the key frame before the wanted time
    for number, (at_s, image) in enumerate(shown, start=first):
        assert at_s - shown[0][0] == pytest.approx((number - first) / 10, abs=0.01)
        assert np.abs(image.astype(int) - room(number)).mean() < 12
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # it plays while it comes


def test_a_ring_with_little_gives_what_there_is(tmp_path: Path) -> None:
    info, packets = encoded()
    found = ring_of(info, packets[:25], seconds=1).since(-100)
    assert found is not None
    copy(Cut(*found, begin_s=-100), tmp_path / "clip.mp4")
    assert len(pictures(tmp_path / "clip.mp4")) >= 4


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
def test_what_is_made_anew_hides_masks_and_faces_in_every_picture(tmp_path: Path, codec: str) -> None:
    info, packets = encoded(codec)
    mask = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0))
    faces = DarkSquares()
    remake(Cut(info, packets, 5.0), tmp_path / "clip.mp4", Hiding((mask,), hides_faces=True, faces=faces), width=1280)
    shown = pictures(tmp_path / "clip.mp4")
    assert len(shown) == 70
    for number, (at_s, image) in enumerate(shown, start=50):
        assert at_s == pytest.approx((number - 50) / 10, abs=0.01)
        assert contrast(room(number), number) > 50
        assert contrast(image, number) < 15
        assert image[190:, 330:].mean() < 3
        assert np.abs(image[:90].astype(int) - room(number)[:90]).mean() < 12  # the rest is as it was
    assert faces.looks < 70  # not every picture is searched: those in between are hidden by both neighbours


def test_without_a_face_detector_the_whole_picture_is_coarse(tmp_path: Path) -> None:
    info, packets = encoded()
    remake(Cut(info, packets, 5.0), tmp_path / "clip.mp4", Hiding(hides_faces=True), width=1280)
    for number, (_, image) in enumerate(pictures(tmp_path / "clip.mp4"), start=50):
        assert contrast(image, number) < 15
        assert np.abs(np.diff(image[:90, :, 0].astype(int), axis=1)).mean() < 4


def test_colours_of_full_range_are_as_they_came(tmp_path: Path) -> None:
    info, packets = encoded("mjpeg", seconds=2)
    remake(Cut(info, packets, 0.0), tmp_path / "clip.mp4", Hiding(), width=1280)
    context = av.CodecContext.create("mjpeg", "r")
    frames = [
        frame for packet in (*packets, None) for frame in context.decode(av.Packet(packet.data) if packet else None)
    ]
    shown = [image for _, image in pictures(tmp_path / "clip.mp4")]
    assert len(shown) == len(frames) == 20
    for now, came in zip(shown, (frame.to_ndarray(format="bgr24") for frame in frames), strict=True):
        assert np.abs(now.mean(axis=(0, 1)) - came.mean(axis=(0, 1))).max() < 3
        assert float(now.std()) == pytest.approx(float(came.std()), rel=0.08)  # a wrong range: 16 %


@pytest.mark.parametrize("box", [Box("face", 0.9, 101.4, 57.3, 30.2, 41.9), Box("person", 0.9, 301, 11, 77, 203)])
def test_the_planes_of_a_picture_are_hidden_where_the_picture_is(box: Box) -> None:
    """Hide noise in colours: hidden pixels have few of them left, and no fewer are hidden than in the picture
    itself."""
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    image, mask = noise.copy(), ((0.601, 0.603), (0.951, 0.62), (0.9, 0.933))
    hiding = Hiding((mask,), hides_faces=True, faces=DarkSquares())
    hiding.apply(image, [box])
    luma, *colours = [
        np.random.default_rng(2).integers(17, 127, shape, np.uint8) for shape in ((360, 640), *[(180, 320)] * 2)
    ]
    before = [plane.copy() for plane in (luma, *colours)]
    hiding.apply_to_planes((luma, colours[0], colours[1]), [box])
    hidden = (image != noise).any(axis=2)
    assert hidden.sum() > 10_000
    assert (luma != before[0])[hidden].mean() > 0.97  # a pixel may become what it was
    for now, then in zip(colours, before[1:], strict=True):
        assert (now != then).repeat(2, axis=0).repeat(2, axis=1)[hidden].mean() > 0.97
    black = (image == 0).all(axis=2)
    assert set(luma[black]) == {16}
    assert all(set(colour.repeat(2, axis=0).repeat(2, axis=1)[black]) == {128} for colour in colours)


def test_size_and_rate_are_bounded(tmp_path: Path) -> None:
    info, packets = encoded(rate=25)
    remake(Cut(info, packets, 2.0), tmp_path / "clip.mp4", Hiding(), width=320)
    shown = pictures(tmp_path / "clip.mp4")
    assert shown[0][1].shape == (180, 320, 3)
    assert 120 <= len(shown) <= 130  # 10 s at 12.5


def test_damaged_packets_are_passed_over(tmp_path: Path) -> None:
    info, packets = encoded()
    broken = [replace(packet, data=b"\0" * 40) if number % 7 == 3 else packet for number, packet in enumerate(packets)]
    remake(Cut(info, broken, 0.0), tmp_path / "clip.mp4", Hiding(), width=640)
    assert len(pictures(tmp_path / "clip.mp4")) > 50


@pytest.mark.parametrize("data", [b"", b"\xff" * 100, b"\0\0\0\1\x65" + b"\x55" * 50])
def test_packets_that_are_no_video_make_no_clip(tmp_path: Path, data: bytes) -> None:
    info, _ = encoded(seconds=1)
    cut = Cut(info, [Packet(data, 0, 0, 0.0, is_key=True)], 0.0)
    with pytest.raises(ClipError):
        remake(cut, tmp_path / "clip.mp4", Hiding(), width=640)


def test_a_record_that_ends_too_early_makes_no_copy(tmp_path: Path) -> None:
    info, packets = encoded(is_annex_b=False, seconds=1)
    for size in range(1, len(info.extradata) - 3, 5):
        with pytest.raises(ClipError):
            copy(Cut(replace(info, extradata=info.extradata[:size]), packets, 0.0), tmp_path / "clip.mp4")


def test_a_codec_that_mp4_does_not_know_makes_no_copy(tmp_path: Path) -> None:
    info, packets = encoded(seconds=1)
    with pytest.raises(ClipError):
        copy(Cut(replace(info, codec="rawvideo"), packets, 0.0), tmp_path / "clip.mp4")


def test_the_encoder_is_there() -> None:
    assert "libx264" in av.codecs_available
