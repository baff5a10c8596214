"""One camera's watchers and their episodes: views in, changes of events out. Pure.

The watchers are asked in their order, health first. Each is given, in `trouble`, the health kinds that are under way
and those that the watchers before it suspect in this very view. While there is trouble, a watcher learns nothing and
claims nothing."""

from collections.abc import Sequence
from dataclasses import replace

from edge.camera.episodes import Change, Episodes
from edge.camera.scaled import scaled
from edge.camera.view import Sighting, State, View, Watcher
from wire.cameras import HEALTH, CameraKind


class Analysis:
    """One camera's analysis. `watchers` are in order, health first. Not thread-safe: one thread analyses one camera."""

    def __init__(self, watchers: Sequence[Watcher], episodes: Episodes) -> None:
        self._watchers = tuple(watchers)
        self._episodes = episodes

    @property
    def open_kinds(self) -> frozenset[CameraKind]:
        """Return the kinds that have an episode under way."""
        return self._episodes.open_kinds

    def look(self, view: View) -> list[Change]:
        """Judge one view and return the changes of episodes. Raises ValueError for a frame without pixels, which counts
        as no frame."""
        return self._episodes.see(self.sightings(view), view.at_s)

    def sightings(self, view: View) -> list[Sighting]:
        """Return the sightings of all watchers in `view`, for tools that show values; `look` makes events of them."""
        # One scaled frame for all watchers: each width is computed only once.
        shared = replace(view, frame=scaled(view.frame))
        # A frame has come, so the camera is online: this ends an `offline` episode.
        said = [Sighting(CameraKind.OFFLINE, State.NO)]
        for watcher in self._watchers:
            said += watcher.look(shared, self._trouble(said))
        return said

    def see(self, said: Sequence[Sighting], at_s: float) -> list[Change]:
        """Return the changes that the `sightings` of one view make."""
        return self._episodes.see(said, at_s)

    def absent(self, at_s: float) -> list[Change]:
        """Note that there is no frame now: the camera is offline, and nothing else can be told."""
        return self._episodes.see([Sighting(CameraKind.OFFLINE, State.YES)], at_s)

    def close(self, at_s: float) -> list[Change]:
        """End every episode, because the camera is no longer watched."""
        return self._episodes.close(at_s)

    def _trouble(self, said: Sequence[Sighting]) -> frozenset[CameraKind]:
        suspected = {sighting.kind for sighting in said if sighting.kind in HEALTH and sighting.state is State.YES}
        return (self._episodes.open_kinds & HEALTH) | suspected
