"""Turns the time stamps that cameras send into one rising scale of seconds. Pure.

A stream's stamps begin anywhere, jump when the camera sets its clock, stand still, run backwards, or are missing; a
reconnection begins them anew. All code after this point sees seconds that only rise, whose steps are the camera's own
where those are believable, and which stay near the time of arrival."""

from fractions import Fraction

# A step beyond this is a jump of the camera's clock, not a pause of its pictures.
_LONGEST_STEP_S = 5.0
# A camera whose clock runs fast or slow is followed up to here.
_LONGEST_DRIFT_S = 5.0
_FRAME_S = 0.04


class StreamClock:
    """The scale of one stream. `now_s` is the time of arrival (monotonic); None: only the stamps count, as when a file
    is read at once."""

    def __init__(self) -> None:
        self._tick_s = 0.001
        self._frame_ticks = 40
        self._shift = 0
        self._is_anchored = False
        self._last: int | None = None  # in ticks on our scale
        self.at_s = 0.0

    def begin(self, time_base: Fraction, frame_s: float | None, now_s: float) -> None:
        """Begin a newly opened stream: its first packet is at `now_s`, or just after the last packet of the stream
        before."""
        self._tick_s = float(time_base)
        self._frame_ticks = max(1, round((frame_s or _FRAME_S) / self._tick_s))
        last = None if self._last is None else round(self.at_s / self._tick_s)
        start = round(now_s / self._tick_s)
        self._last = start - 1 if last is None else max(last, start - 1)
        self._is_anchored = False

    def place(self, pts: int | None, dts: int | None, now_s: float | None = None) -> tuple[int, int, float]:
        """Return a packet's pts and dts on our scale, in ticks, and its time in seconds. Call in the order of
        decoding."""
        assert self._last is not None, "begin comes first"
        stamp = pts if dts is None else dts
        at = self._last + self._frame_ticks if stamp is None else stamp + self._shift
        if stamp is not None and not self._is_believable(at, now_s):
            at = self._follow(now_s)
            self._shift = at - stamp
        self._is_anchored = self._is_anchored or stamp is not None
        self._last = at
        self.at_s = at * self._tick_s
        # A picture is shown at or after its decoding: a pts before the dts is an error of the camera.
        delay = 0 if stamp is None or pts is None else max(0, pts - stamp)
        return at + delay, at, self.at_s

    def shown_at(self, pts: int | None) -> float:
        """Return the time at which a decoded picture with that stamp is shown. These times need not rise.

        A decoder that sorts pictures gives out those from before a jump after it: their stamps are of another scale."""
        at_s = self.at_s if pts is None else (pts + self._shift) * self._tick_s
        return at_s if abs(at_s - self.at_s) <= _LONGEST_STEP_S else self.at_s

    def _is_believable(self, at: int, now_s: float | None) -> bool:
        assert self._last is not None
        if not self._is_anchored or not 0 < (at - self._last) * self._tick_s <= _LONGEST_STEP_S:
            return False
        return now_s is None or abs(at * self._tick_s - now_s) <= _LONGEST_DRIFT_S

    def _follow(self, now_s: float | None) -> int:
        """Return the next tick when the stamp cannot be used: one frame on, or the time of arrival when that is
        later."""
        assert self._last is not None
        if not self._is_anchored:
            return self._last + 1
        if now_s is None:
            return self._last + self._frame_ticks
        return max(self._last + 1, round(now_s / self._tick_s))
