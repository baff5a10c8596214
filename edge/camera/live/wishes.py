"""The wishes of the centre to see one camera at this moment. Pure.

Each viewing server has wishes of its own, by their id; a wish ends by itself when it is not repeated."""

from dataclasses import dataclass
from uuid import UUID

from wire.live import LiveCommand, Mode

# Servers beyond this, or made-up ids, get nothing; those that are there go on.
MOST = 16


@dataclass(frozen=True, slots=True)
class _Wish:
    mode: Mode
    fps: float
    until_s: float


class Wishes:
    """The wishes for one camera. `now_s` is one clock that never goes back."""

    def __init__(self) -> None:
        self._wishes: dict[UUID, _Wish] = {}

    def take(self, command: LiveCommand, now_s: float) -> bool:
        """Take a wish from a command. Return False if there are too many already."""
        self._forget(now_s)
        if command.mode == "none":
            self._wishes.pop(command.id, None)
            return True
        if command.id not in self._wishes and len(self._wishes) >= MOST:
            return False
        self._wishes[command.id] = _Wish(command.mode, command.fps, now_s + command.for_s)
        return True

    def clear(self) -> None:
        self._wishes.clear()

    def drop(self, mode: Mode) -> None:
        """Forget the wishes for this mode."""
        self._wishes = {key: wish for key, wish in self._wishes.items() if wish.mode != mode}

    def fps(self, now_s: float) -> float:
        """Return the number of previews a second; 0: nobody wants any."""
        return max((wish.fps for wish in self._living(now_s) if wish.mode == "preview"), default=0.0)

    def is_video(self, now_s: float) -> bool:
        return any(wish.mode == "video" for wish in self._living(now_s))

    def _living(self, now_s: float) -> list[_Wish]:
        return [wish for wish in self._wishes.values() if wish.until_s > now_s]

    def _forget(self, now_s: float) -> None:
        self._wishes = {key: wish for key, wish in self._wishes.items() if wish.until_s > now_s}
