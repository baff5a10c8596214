"""The album, the sheet and the plot: what is on them, by their pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.frames import ArrayFrame
from edge.camera.health.settings import HealthSettings
from edge.camera.settings import CameraSettings
from edge.camera.tuning.album import MOST, WIDTH, Album, Shown
from edge.camera.tuning.colours import colour_of
from edge.camera.tuning.limits import limits_of
from edge.camera.tuning.plot import write_plot
from edge.camera.tuning.score import Episode
from edge.camera.tuning.sheet import make_sheet
from edge.camera.tuning.trial import Look
from edge.camera.view import Bgr, State
from wire.cameras import CameraKind

COVERED = (CameraKind.COVERED, "")


def gray(height: int = 90, width: int = 160) -> Bgr:
    return np.full((height, width, 3), 128, np.uint8)


def camera(**settings: object) -> CameraSettings:
    return CameraSettings.model_validate({"name": "prep", "url": "clip.mp4", **settings})


def bgr(kind: CameraKind) -> tuple[int, int, int]:
    red, green, blue = colour_of(kind)
    return blue, green, red


@pytest.mark.parametrize("seconds", [0.2, 3.0, 61.0, 5000.0])
def test_an_album_is_spread_over_the_whole_time(seconds: float) -> None:
    album = Album()
    for at_s in np.arange(0, seconds, 0.2):
        album.see(float(at_s), ArrayFrame(gray()), (), is_start=False)
    times = [picture.at_s for picture in album.pictures]
    assert 1 <= len(times) <= MOST
    assert times == sorted(set(times))
    assert times[0] == 0
    assert times[-1] >= 0.8 * (seconds - 0.5) or seconds < 1
    gaps = np.diff(times)
    assert not gaps.size or gaps.max() <= 2.5 * gaps.min()


def test_an_album_holds_the_first_starts_of_events() -> None:
    album = Album()
    for number in range(400):
        album.see(number / 5, ArrayFrame(gray()), (COVERED,), is_start=number % 20 == 7)
    times = [picture.at_s for picture in album.pictures]
    assert len(times) == MOST
    assert {(20 * at + 7) / 5 for at in range(6)} <= set(times)


def test_wide_pictures_are_kept_small_and_narrow_ones_as_they_are() -> None:
    album = Album()
    album.see(0.0, ArrayFrame(gray(1080, 1920)), (), is_start=False)
    album.see(1.0, ArrayFrame(gray(90, 160)), (), is_start=False)
    assert [picture.image.shape for picture in album.pictures] == [(270, WIDTH, 3), (90, 160, 3)]


def test_what_is_masked_is_black_and_what_goes_on_has_its_colour() -> None:
    settings = camera(
        mask=[[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]],
        zone=[{"name": "sink", "polygon": [[0.6, 0.3], [0.9, 0.3], [0.9, 0.9], [0.6, 0.9]]}],
    )
    calm = Shown(0.0, gray(270, 480), ())
    tense = Shown(1.0, gray(270, 480), (COVERED, (CameraKind.INTRUSION, "sink")))
    sheet = make_sheet([calm, tense], settings, "prep")
    first, second = sheet[58:328, 6:486], sheet[58:328, 492:972]
    masked = first[10:-10, 10:230]
    assert masked.max() <= 70, "black and hatched"
    assert (masked == 0).mean() > 0.8
    assert not (first == bgr(CameraKind.COVERED)).all(axis=2).any()
    assert (second[:, -1] == bgr(CameraKind.COVERED)).all()
    assert (second == bgr(CameraKind.INTRUSION)).all(axis=2).sum() > 300, "the zone's outline"
    assert (first[260:, 300:] == 128).all(), "the picture itself"


@pytest.mark.parametrize("count", [1, 3, 4, 12])
def test_pictures_of_any_shape_fit_on_a_sheet(count: int) -> None:
    pictures = [Shown(at, gray(853, 480) if at % 2 else gray(2, 2), (COVERED,) * 9) for at in range(count)]
    sheet = make_sheet(pictures, camera(zone=[{"name": "z" * 64, "polygon": [[0, 0], [1, 0], [1, 1]]}]), "x" * 300)
    assert sheet.shape[1] == 3 * (WIDTH + 6) + 6
    assert sheet.shape[0] >= -(-count // 3) * (853 if count > 1 else 2)


def looks(count: int) -> list[Look]:
    return [
        Look(at / 5, {COVERED: State.YES, (CameraKind.RODENT, "floor"): State.UNSURE}, {"bright": 120.0, "gone": 0.9})
        for at in range(count)
    ]


@pytest.mark.parametrize("count", [1, 200])
def test_a_plot_shows_values_and_events(count: int, tmp_path: Path) -> None:
    episodes = [Episode(CameraKind.COVERED, "", 0.0, 2.0, 10.0), Episode(CameraKind.RODENT, "floor", 5.0, 5.0, None)]
    path = tmp_path / "plot.png"
    write_plot(
        path, looks(count), episodes, limits_of(HealthSettings()), "prep $x_$: 厨房".encode("ascii", "replace").decode()
    )
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (1000, 1100, 3)
    if count > 1:
        for kind in (CameraKind.COVERED, CameraKind.RODENT):
            assert (picture == bgr(kind)).all(axis=2).sum() > 200
