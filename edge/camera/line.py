"""Judges the line to a camera: whether it is away, and whether it comes and goes. Pure.

The patience with `offline` grows as that with a device (edge/device/presence.py): each time away doubles it, up to a
minute, and ten quiet minutes bring it back. A line that is lost again and again, or that brings damaged pictures, is
one event `unstable` with its counts: it says nothing about the scene, and what is whole is judged."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from edge.camera.view import Sighting, State
from wire.cameras import HEALTH, CameraKind

_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 60.0
CALM_S = 600.0
_LOSSES, _LOST_WITHIN_S = 3, 300.0
# Damage in so many of the last minute's pieces, and in this share of its pictures: one burst is none.
_PIECE_S, _PIECES, _HURT_PIECES = 10.0, 6, 3
_DAMAGED_SHARE = 0.005
# Longer than two groups of pictures of nearly any camera.
_HELD_S = 8.0


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one stream since the agent began: losses of an open stream, damaged pictures, whole ones."""

    losses: int = 0
    damaged: int = 0
    whole: int = 0


class Line:
    """The line to one camera. Tell it the tally before each `come` or `miss`."""

    def __init__(self) -> None:
        self._tally: Tally | None = None
        self._is_away = self._said_away = False
        self._changed_s = float("-inf")
        self._wait_s = 0.0
        self._lost_s: deque[float] = deque()
        self._pieces: deque[tuple[float, int, int]] = deque()
        self._is_unstable = False
        self._worse_s = 0.0
        self._since = Tally()
        self._seen_s: dict[CameraKind, float] = {}

    def tell(self, tally: Tally, at_s: float) -> None:
        """Take the counts of the stream until now."""
        before, self._tally = self._tally or Tally(), tally
        self._lost_s.extend([at_s] * min(_LOSSES, tally.losses - before.losses))
        while self._lost_s and self._lost_s[0] < at_s - _LOST_WITHIN_S:
            self._lost_s.popleft()
        piece = at_s // _PIECE_S * _PIECE_S
        if not self._pieces or self._pieces[-1][0] != piece:
            self._pieces.append((piece, 0, 0))
        _, damaged, whole = self._pieces[-1]
        damaged, whole = damaged + tally.damaged - before.damaged, whole + tally.whole - before.whole
        self._pieces[-1] = (piece, damaged, whole)
        while self._pieces[0][0] <= at_s - _PIECE_S * _PIECES:
            self._pieces.popleft()
        is_worse = len(self._lost_s) >= _LOSSES or self._is_damaged()
        if is_worse:
            if not self._is_unstable:
                self._is_unstable, self._since = True, _before(tally, len(self._lost_s), self._pieces)
            self._worse_s = at_s
        elif self._is_unstable and (tally.losses > before.losses or damaged > 0):
            self._worse_s = at_s
        elif self._is_unstable and at_s - self._worse_s >= CALM_S:
            self._is_unstable = False

    @property
    def is_back(self) -> bool:
        """Tell whether pictures come, and it must still be seen whether that lasts."""
        return self._said_away and not self._is_away

    def come(self, at_s: float) -> list[Sighting]:
        """Return what a picture at this moment says about the line."""
        return self._say(at_s, {}, is_away=False)

    def miss(self, at_s: float, reason: str = "") -> list[Sighting]:
        """Return what is said while there is no picture. `reason`: a word for why."""
        return self._say(at_s, {reason: 1.0} if reason else {}, is_away=True)

    def wait(self) -> list[Sighting]:
        """Return what is said while packets come, and none of them is whole: nothing about being away."""
        return [self._unstable()]

    def hold(self, said: list[Sighting], at_s: float) -> list[Sighting]:
        """Let what would make the camera untrusted wait while the line brings damage: a decoder takes some of it for a
        picture, until a later key frame."""
        is_hurt = any(damaged for _, damaged, _ in self._pieces)
        held = []
        for sighting in said:
            is_tamper = sighting.kind in HEALTH and sighting.kind is not CameraKind.OFFLINE
            if not is_tamper or sighting.state is State.NO:
                self._seen_s.pop(sighting.kind, None)
            elif sighting.state is State.YES:
                since_s = self._seen_s.setdefault(sighting.kind, at_s)
                if is_hurt and at_s - since_s < _HELD_S:
                    held.append(replace(sighting, state=State.UNSURE))
                    continue
            held.append(sighting)
        return held

    def _say(self, at_s: float, why: Mapping[str, float], *, is_away: bool) -> list[Sighting]:
        if is_away is not self._is_away:
            if at_s - self._changed_s > CALM_S:
                self._wait_s = 0.0
            self._is_away, self._changed_s = is_away, at_s
        if is_away is not self._said_away and at_s - self._changed_s >= self._wait_s:
            self._said_away = is_away
            if not is_away:
                self._wait_s = min(_LONGEST_WAIT_S, max(_FIRST_WAIT_S, 2 * self._wait_s))
        is_told = is_away is self._said_away
        state = State.UNSURE if not is_told else State.YES if is_away else State.NO
        return [Sighting(CameraKind.OFFLINE, state, evidence=why), self._unstable()]

    def _unstable(self) -> Sighting:
        tally = self._tally or Tally()
        counts = {
            "losses": float(tally.losses - self._since.losses),
            "damaged": float(tally.damaged - self._since.damaged),
            "whole": float(tally.whole - self._since.whole),
        }
        state = State.YES if self._is_unstable else State.NO
        return Sighting(CameraKind.UNSTABLE, state, evidence=counts if self._is_unstable else {})

    def _is_damaged(self) -> bool:
        damaged = sum(piece[1] for piece in self._pieces)
        pictures = damaged + sum(piece[2] for piece in self._pieces)
        hurt = sum(piece[1] > 0 for piece in self._pieces)
        return hurt >= _HURT_PIECES and damaged >= _DAMAGED_SHARE * pictures


def _before(tally: Tally, losses: int, pieces: deque[tuple[float, int, int]]) -> Tally:
    """Return the tally from before what made the line unstable, which counts too."""
    damaged, whole = sum(piece[1] for piece in pieces), sum(piece[2] for piece in pieces)
    return Tally(tally.losses - losses, tally.damaged - damaged, tally.whole - whole)
