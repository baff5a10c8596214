"""Remembers where somebody was seen last: a small thing that moves there is a hand. Pure.

A light that is not known for one counts as somebody, until it is known where it goes on."""

from collections.abc import Sequence
from math import hypot

from edge.camera.activity.foreground import BLOB_WIDTH, Blob
from edge.camera.activity.veil import is_light

_PASSES_S = 2.0  # whoever walks may be seen in parts
_STANDS_S = 10.0  # who stands still may move a hand
_GOES, _ARM = 0.25 * BLOB_WIDTH, 0.03 * BLOB_WIDTH  # between two looks; from the place where somebody stands


class Somebody:
    """The places where somebody, or a light that may be somebody, was seen last."""

    def __init__(self) -> None:
        self._last: list[tuple[float, Blob]] = []

    def see(self, large: Sequence[Blob], at_s: float) -> None:
        """Take the large blobs that move. A thing that is light now was light before, where it comes from."""
        left = [one for one in self._last if at_s - one[0] < _STANDS_S and not _is_near(one[1], large, _GOES)]
        self._last = [*left, *((at_s, blob) for blob in large if not is_light([blob]))]

    def has_passed(self, at_s: float) -> bool:
        return all(at_s - seen_s >= _PASSES_S for seen_s, _ in self._last)

    def may_be(self, blob: Blob) -> bool:
        """Tell whether a small blob may be a hand of somebody who stands there."""
        return _is_near(blob, [one for _, one in self._last], _ARM)


def _is_near(blob: Blob, others: Sequence[Blob], far: float) -> bool:
    return any(_gap(blob, other) <= far for other in others)


def _gap(one: Blob, other: Blob) -> float:
    """Return the width of the ground between two blobs."""
    across = max(one.left, other.left) - min(one.left + one.width, other.left + other.width)
    down = max(one.top, other.top) - min(one.top + one.height, other.top + other.height)
    return hypot(max(0, across), max(0, down))
