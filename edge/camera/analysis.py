"""One camera's watchers and their episodes: views in, changes of events out. Pure.

The watchers are asked in their order, health first: each hears in `trouble` which health kinds are under way, and which
those before it suspect in this very view. A watcher learns nothing, and claims nothing, while there is trouble.
"""

from collections.abc import Sequence
from dataclasses import replace

from edge.camera.episodes import Change, Episodes
from edge.camera.scaled import scaled
from edge.camera.view import Sighting, State, View, Watcher
from wire.cameras import HEALTH, CameraKind


class Analysis:
    """`watchers` in order, health first. Not thread-safe: one thread analyses one camera."""

    def __init__(self, watchers: Sequence[Watcher], episodes: Episodes) -> None:
        self._watchers = tuple(watchers)
        self._episodes = episodes

    @property
    def open_kinds(self) -> frozenset[CameraKind]:
        """What is under way."""
        return self._episodes.open_kinds

    def look(self, view: View) -> list[Change]:
        """Raises ValueError for a frame without pixels: it counts as none."""
        return self._episodes.see(self.sightings(view), view.at_s)

    def sightings(self, view: View) -> list[Sighting]:
        """What the watchers say of `view`: for tools that show values; `look` makes events of them."""
        shared = replace(view, frame=scaled(view.frame))
        said = [Sighting(CameraKind.OFFLINE, State.NO)]
        for watcher in self._watchers:
            said += watcher.look(shared, self._trouble(said))
        return said

    def see(self, said: Sequence[Sighting], at_s: float) -> list[Change]:
        """The changes that `sightings` of one view make."""
        return self._episodes.see(said, at_s)

    def absent(self, at_s: float) -> list[Change]:
        """There is no frame now: the camera is offline, and nothing else can be told."""
        return self._episodes.see([Sighting(CameraKind.OFFLINE, State.YES)], at_s)

    def close(self, at_s: float) -> list[Change]:
        """The camera is no longer watched."""
        return self._episodes.close(at_s)

    def _trouble(self, said: Sequence[Sighting]) -> frozenset[CameraKind]:
        suspected = {it.kind for it in said if it.kind in HEALTH and it.state is State.YES}
        return (self._episodes.open_kinds & HEALTH) | suspected
