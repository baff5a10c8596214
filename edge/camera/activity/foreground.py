"""Finds blobs that differ from the usual picture.

The usual picture follows slowly where something moves, and faster elsewhere. So a thing that was put down, or the hole
that somebody left who stood still, becomes part of it within a minute. Light is not a thing: where the brightness has
changed and the edges have not, the new picture becomes the usual one at once. Without this rule, no background model
survives a step of the light."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.areas import area
from edge.camera.ranked import ranked
from edge.camera.settings import Polygon
from edge.camera.view import Gray

WIDTH = 320  # of the picture that is compared
BLOB_WIDTH = 160  # of the picture that blobs are found in
_FLOOR = 9  # levels: below this a difference is noise in any picture
_CEILING = 60  # flicker makes a place less sensitive, but never blind
_NOISES = 4.0  # times the usual difference
_CLIPPED = 24  # what is learnt as noise of one difference
_MOVED = 8  # levels within half a second
_SEEN = 63  # of 255: a fourth of a pixel at BLOB_WIDTH
_CALM_S = 15.0
_BUSY_S = 120.0
_STILL_S = 20.0  # who has not moved for so long may become part of the usual picture
_BUSY, _LIT = 1, 2
_NOISE_S = 60.0
_RENEW_S = 1.0
_RECENT_S = 0.5
_GLOBAL_SHARE = 0.35  # of the picture: more than anybody fills who is not at the lens
_SETTLE_S = 1.5  # auto-exposure goes on after a light step
_LEAST_GAIN = 0.02
_GAIN_STEP = 8  # of the pixels, both ways: some hundreds are enough
_LIKE = 0.75  # correlation of the edges, with those of before, from which only the light is another
_FLAT = 1.0  # mean square of the gradient below which there is no edge
_RIM = np.ones((3, 3), np.uint8)
_MOST_MOVING, _LEAST_WITHIN = 8, 8
_LONG_S = 15.0  # a gap in the looks after which nothing recent is known; no longer than _CALM_S

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shows:
    """The products of the texture within a blob: `both` of the present one with the usual one, `usual` and `now` of
    each with itself. They are added over looks: what is small has little texture in one."""

    both: float
    usual: float
    now: float


@dataclass(frozen=True, slots=True)
class Blob:
    """A thing that is not usually there. Places and sizes in pixels at BLOB_WIDTH. `moved`: share of it that has
    changed within the last half second. `shows`: how the usual picture shows through. `level`: the brightness in its
    middle; `usual`: the brightness that is usual there."""

    label: int
    left: int
    top: int
    width: int
    height: int
    pixels: int
    x: float
    y: float
    moved: float
    shows: "Shows | None" = None
    level: int = 0
    usual: float = 0.0

    def distance(self, other: "Blob") -> float:
        """Return the distance of the middles in pixels at BLOB_WIDTH."""
        return hypot(self.x - other.x, self.y - other.y)

    def is_alike(self, other: "Blob") -> bool:
        """Tell whether two blobs may be one thing in two looks, by their sizes."""
        return max(self.pixels, other.pixels) <= 5 * min(self.pixels, other.pixels) + 3


@dataclass(frozen=True, slots=True)
class Seen:
    """The blobs of one look. `labels`: height x BLOB_WIDTH, the `label` of the blob to which a pixel belongs; 0:
    none."""

    blobs: tuple[Blob, ...]
    labels: NDArray[np.int32]

    @property
    def size(self) -> int:
        return self.labels.size


class Foreground:
    """The foreground of one camera. `mask`: polygons in which nothing is looked for. `light_share`: blobs of at least
    this share of the picture are tested for being light."""

    def __init__(self, mask: Sequence[Polygon], light_share: float) -> None:
        self._mask = tuple(mask)
        self._light_share = light_share
        self._usual: Floats | None = None
        self._at_s = 0.0
        self._settles_s = 0.0
        self._recent: Floats = np.zeros((1, 1), np.float32)
        self._noise: Floats = np.zeros((1, 1), np.float32)
        self._noised_s = 0.0
        self._levels: Gray = np.zeros((1, 1), np.uint8)
        self._stirred_s: NDArray[np.float64] = np.zeros((1, 1))
        self._allowed: Gray = np.zeros((1, 1), np.uint8)

    def see(self, gray: Gray, at_s: float, *, with_shows: bool = True) -> Seen | None:
        """Return the blobs in `gray`, which is WIDTH wide. None: they cannot be told now. `with_shows`: tell of
        them how the usual picture shows through."""
        picture = np.asarray(cv2.blur(gray, (3, 3)), np.uint8)
        usual, elapsed_s = self._usual, at_s - self._at_s
        self._at_s = at_s
        # After a long gap, or with another shape, nothing usual is known any more.
        if usual is None or usual.shape != picture.shape or not 0 < elapsed_s <= _LONG_S:
            self._begin(picture, at_s)
            return None
        difference, changed = self._compared(picture, usual)
        labels, blobs = self._blobs(changed, self._moved(picture, elapsed_s), picture, usual)
        lit = self._lit(blobs, labels, picture, usual)
        left = tuple(blob for blob in blobs if blob.label not in lit)
        if with_shows:
            left = self._through(left, labels, picture, usual)
        self._learn(picture, difference, (labels, blobs), lit, elapsed_s)
        # Most of the picture has changed and most of that is light: wait until the exposure has settled.
        if _share_of(blobs, labels) > _GLOBAL_SHARE and _share_of(left, labels) < 0.5 * _share_of(blobs, labels):
            self._settles_s = at_s + _SETTLE_S
        return None if at_s < self._settles_s else Seen(left, labels)

    def _begin(self, picture: Gray, at_s: float) -> None:
        self._usual = picture.astype(np.float32)
        self._recent = self._usual.copy()
        self._noise = np.full(picture.shape, _FLOOR / _NOISES / 2, np.float32)
        self._noised_s, self._levels = at_s, np.full(picture.shape, _FLOOR, np.uint8)
        self._allowed = np.asarray(255 * (1 - area(self._mask, *picture.shape)), np.uint8)
        self._stirred_s = np.full(_blob_shape(picture), -np.inf)
        self._settles_s = at_s + _RECENT_S

    def _compared(self, picture: Gray, usual: Floats) -> tuple[Gray, Gray]:
        """Return the difference from the usual picture, and the pixels where it is more than noise.

        When a change of exposure explains most of the difference, the usual picture is adapted to it."""
        difference = np.asarray(cv2.absdiff(picture, cv2.convertScaleAbs(usual)), np.uint8)
        changed = self._changed(difference)
        gain = _gain(picture, usual)
        if abs(gain - 1) < _LEAST_GAIN:
            return difference, changed
        lit = np.asarray(cv2.absdiff(picture, cv2.convertScaleAbs(usual, alpha=gain)), np.uint8)
        changed_lit = self._changed(lit)
        # The gain must explain at least half of what changed; otherwise the change is a thing.
        if 2 * cv2.countNonZero(changed_lit) >= cv2.countNonZero(changed):
            return difference, changed
        usual *= np.float32(gain)
        return lit, changed_lit

    def _changed(self, difference: Gray) -> Gray:
        above = cv2.compare(difference, self._levels, cv2.CMP_GT)
        return np.asarray(cv2.bitwise_and(above, self._allowed), np.uint8)

    def _moved(self, picture: Gray, elapsed_s: float) -> Gray:
        difference = cv2.absdiff(picture, cv2.convertScaleAbs(self._recent))
        cv2.accumulateWeighted(picture, self._recent, min(1.0, elapsed_s / _RECENT_S))
        return _above(difference, _MOVED)

    @staticmethod
    def _blobs(changed: Gray, moved: Gray, picture: Gray, usual: Floats) -> tuple[NDArray[np.int32], list[Blob]]:
        height, width = _blob_shape(changed)
        small = _above(cv2.resize(changed, (width, height), interpolation=cv2.INTER_AREA), _SEEN)
        # In a third of the time of the algorithm that OpenCV chooses by itself.
        count, labels, stats, middles = cv2.connectedComponentsWithStatsWithAlgorithm(
            small, 8, cv2.CV_32S, cv2.CCL_BBDT
        )
        if count == 1:
            return np.asarray(labels, np.int32), []
        is_moved = cv2.resize(cv2.bitwise_and(changed, moved), (width, height), interpolation=cv2.INTER_AREA) > _SEEN
        moves = np.bincount(labels[is_moved], minlength=count)
        # Without the ground, the first label: it has no middle where everything has changed.
        across, down = picture.shape[1] / width, picture.shape[0] / height
        columns, rows = ((middles[1:] + 0.5) * (across, down)).astype(int).T
        levels = zip(picture[rows, columns].tolist(), usual[rows, columns].tolist(), strict=True)
        found = zip(stats[1:].tolist(), middles[1:].tolist(), moves[1:].tolist(), levels, strict=True)
        return np.asarray(labels, np.int32), [
            Blob(label, left, top, across, down, pixels, x, y, moved / pixels, None, *level)
            for label, ((left, top, across, down, pixels), (x, y), moved, level) in enumerate(found, 1)
        ]

    def _lit(self, blobs: Sequence[Blob], labels: NDArray[np.int32], picture: Gray, usual: Floats) -> set[int]:
        """Return the labels of the blobs that are light."""
        large = [blob for blob in blobs if blob.pixels >= self._light_share * labels.size]
        if not large:
            return set()
        size = labels.shape[1], labels.shape[0]  # both are smooth already
        now, before = (
            _gradients(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST)) for image in (picture, usual)
        )
        return {blob.label for blob in large if _is_light(blob, labels, now, before)}

    @staticmethod
    def _through(blobs: tuple[Blob, ...], labels: NDArray[np.int32], picture: Gray, usual: Floats) -> tuple[Blob, ...]:
        """Return the blobs, those that move with how the usual picture shows through them; not when they are many."""
        if not 0 < sum(blob.moved > 0 for blob in blobs) <= _MOST_MOVING:
            return blobs
        return tuple(
            replace(blob, shows=_shows(blob, labels, picture, usual)) if blob.moved > 0 else blob for blob in blobs
        )

    def _learn(
        self,
        picture: Gray,
        difference: Gray,
        found: tuple[NDArray[np.int32], Sequence[Blob]],
        lit: set[int],
        elapsed_s: float,
    ) -> None:
        assert self._usual is not None
        labels, blobs = found
        self._learn_noise(difference)
        places = self._places(labels, blobs, lit)
        if not places.any():
            cv2.accumulateWeighted(picture, self._usual, elapsed_s / _CALM_S)
            return
        # A blob's rim belongs to it: else it would be learnt from.
        size = picture.shape[1], picture.shape[0]
        wide = np.asarray(cv2.resize(cv2.dilate(places, _RIM), size, interpolation=cv2.INTER_NEAREST), np.uint8)
        cv2.accumulateWeighted(picture, self._usual, elapsed_s / _BUSY_S, (wide == _BUSY).view(np.uint8))
        cv2.accumulateWeighted(picture, self._usual, elapsed_s / _CALM_S, (wide == 0).view(np.uint8))
        if lit:
            np.copyto(self._usual, picture, where=wide == _LIT)

    def _learn_noise(self, difference: Gray) -> None:
        """Update the usual noise, once a second: the noise is averaged over a minute."""
        since_s = self._at_s - self._noised_s
        if since_s >= _RENEW_S:
            cv2.accumulateWeighted(np.minimum(difference, _CLIPPED), self._noise, min(1.0, since_s / _NOISE_S))
            self._levels = np.clip(_NOISES * self._noise, _FLOOR, _CEILING).astype(np.uint8)
            self._noised_s = self._at_s

    def _places(self, labels: NDArray[np.int32], blobs: Sequence[Blob], lit: set[int]) -> Gray:
        """Mark the pixels where something has moved lately (_BUSY), and those where there is new light (_LIT)."""
        kinds = np.zeros(len(blobs) + 1, np.uint8)
        for blob in blobs:
            kinds[blob.label] = _LIT if blob.label in lit else _BUSY * (blob.moved > 0)
        places = kinds.take(labels)
        self._stirred_s[places == _BUSY] = self._at_s
        self._stirred_s[places == _LIT] = -np.inf
        places[(self._at_s - self._stirred_s) < _STILL_S] = _BUSY
        return places


def blob_area(polygons: Sequence[Polygon], seen: Seen) -> NDArray[np.bool_]:
    """Return the polygons as a picture of the shape of `seen.labels`."""
    return area(polygons, *seen.labels.shape) > 0


def _blob_shape(picture: Gray) -> tuple[int, int]:
    height, width = picture.shape
    across = min(BLOB_WIDTH, width)
    return max(2, round(height * across / width)), across


def _gain(picture: Gray, usual: Floats) -> float:
    """Return how much brighter most of the picture is than usual: the camera's exposure follows whoever comes in."""
    # The floor keeps black pixels from dividing by nearly zero.
    few, usually = (image[::_GAIN_STEP, ::_GAIN_STEP] + np.float32(_FLOOR) for image in (picture, usual))
    return ranked(few / usually, 0.5)


def _above(picture: cv2.typing.MatLike, level: int) -> Gray:
    return np.asarray(cv2.threshold(picture, level, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _is_light(blob: Blob, labels: NDArray[np.int32], now: Floats, before: Floats) -> bool:
    """Tell whether a blob is light: its edges are the usual ones, or it has none. `now` and `before`: gradients in the
    shape of `labels`."""
    part = (
        slice(max(0, blob.top - 2), blob.top + blob.height + 2),
        slice(max(0, blob.left - 2), blob.left + blob.width + 2),
    )
    # With its rim: somebody in a plain coat before a plain wall has no other edge.
    place = cv2.dilate((labels[part] == blob.label).view(np.uint8), _RIM).astype(np.float32)
    new, old = (gradients[:, *part] * place for gradients in (now, before))
    energies = [float(np.vdot(one, one)) for one in (new, old)]
    is_flat = max(energies) < _FLAT * blob.pixels
    return is_flat or float(np.vdot(new, old)) >= _LIKE * sqrt(energies[0] * energies[1])


def _shows(blob: Blob, labels: NDArray[np.int32], picture: Gray, usual: Floats) -> Shows | None:
    part = np.s_[blob.top : blob.top + blob.height, blob.left : blob.left + blob.width]
    # Without its rim, where it mixes with what is behind it; what lies beyond the part counts as rim.
    whole = cv2.copyMakeBorder((labels[part] == blob.label).view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(whole, _RIM)[1:-1, 1:-1]
    scale = round(picture.shape[1] / labels.shape[1])
    within = inner.repeat(scale, axis=0).repeat(scale, axis=1).astype(bool)
    place = np.s_[scale * blob.top :, scale * blob.left :]
    now, before = (image[place][: within.shape[0], : within.shape[1]] for image in (picture, usual))
    within = within[: now.shape[0], : now.shape[1]]
    if np.count_nonzero(within) < _LEAST_WITHIN:
        return None
    one, other = (values - values.mean() for values in (now[within].astype(np.float32), before[within]))
    return Shows(float(one @ other), float(other @ other), float(one @ one))


def _gradients(small: cv2.typing.MatLike) -> Floats:
    """Return the gradients across and down: 2 x height x width."""
    return np.array(
        [cv2.Sobel(small, cv2.CV_32F, *direction, ksize=3, scale=1 / 8) for direction in ((1, 0), (0, 1))], np.float32
    )


def _share_of(blobs: Sequence[Blob], labels: NDArray[np.int32]) -> float:
    return sum(blob.pixels for blob in blobs) / labels.size
