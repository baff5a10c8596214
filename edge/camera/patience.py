"""The time that each kind must last before it becomes an event, unless edge.toml says otherwise. Pure.

Health: a cook who bends before the lens or a puff of steam passes within a second or two, and the centre wants to know
within three; hence 1.5 s. `frozen`, `unattended` and `rodent` count their own time, `offline` has the time-outs of the
stream behind it, and `unstable` the counts of minutes. Kinds end later than they begin: a hand that comes back to the
lens is the same event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from process.settings import Settings
from wire.cameras import CameraKind


@dataclass(frozen=True, slots=True)
class Patience:
    """The time that a kind must last to begin and to end, and the interval at which a long one is told again.
    Seconds."""

    begin_s: float
    end_s: float
    share: float = 0.6
    update_s: float = 600.0


_DEFAULTS: Mapping[CameraKind, Patience] = {
    CameraKind.OFFLINE: Patience(begin_s=1.0, end_s=2.0),
    CameraKind.UNSTABLE: Patience(begin_s=0.0, end_s=0.0),
    CameraKind.FROZEN: Patience(begin_s=0.0, end_s=1.0),
    CameraKind.DARK: Patience(begin_s=1.5, end_s=2.0),
    CameraKind.COVERED: Patience(begin_s=1.5, end_s=2.0, share=0.7),
    CameraKind.DEFOCUSED: Patience(begin_s=1.5, end_s=2.0, share=0.7),
    CameraKind.MOVED: Patience(begin_s=1.5, end_s=3.0, share=0.7),
    CameraKind.MOTION: Patience(begin_s=0.6, end_s=5.0),
    CameraKind.INTRUSION: Patience(begin_s=1.0, end_s=10.0),
    CameraKind.UNATTENDED: Patience(begin_s=0.0, end_s=2.0, update_s=1800.0),
    CameraKind.RODENT: Patience(begin_s=0.0, end_s=10.0),
}
# People and what they wear: votes of detectors, which err for single frames.
_OTHERS = Patience(begin_s=2.0, end_s=5.0)


class PatienceSettings(Settings):
    """The patience with one kind, `[camera.patience.KIND]`. A key that is not given keeps its default."""

    begin_s: Annotated[float | None, Field(ge=0, le=3600, description="so long before it is an event")] = None
    end_s: Annotated[float | None, Field(ge=0, le=3600, description="so long without it before the event ends")] = None
    share: Annotated[float | None, Field(ge=0.1, le=1, description="the least share of looks that must agree")] = None
    update_s: Annotated[float | None, Field(gt=0, description="how often an event under way is told again")] = None


def patience_of(settings: Mapping[CameraKind, PatienceSettings]) -> Callable[[CameraKind], Patience]:
    """Return the patience for each kind: the defaults, changed by `settings`."""
    made = {kind: _merged(kind, settings.get(kind)) for kind in CameraKind}
    return made.__getitem__


def _merged(kind: CameraKind, given: PatienceSettings | None) -> Patience:
    usual = _DEFAULTS.get(kind, _OTHERS)
    if given is None:
        return usual
    return Patience(
        begin_s=usual.begin_s if given.begin_s is None else given.begin_s,
        end_s=usual.end_s if given.end_s is None else given.end_s,
        share=usual.share if given.share is None else given.share,
        update_s=usual.update_s if given.update_s is None else given.update_s,
    )
