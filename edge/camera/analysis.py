"""One camera's watchers and their episodes: views in, changes of events out. Pure.

The watchers are asked in their order, health first. Each is given, in `trouble`, the health kinds that are under way
and those that the watchers before it suspect in this very view. While there is trouble, a watcher learns nothing and
claims nothing."""

from collections.abc import Sequence
from dataclasses import replace

from edge.camera.episodes import Change, Episodes
from edge.camera.line import Line, Tally
from edge.camera.scaled import scaled
from edge.camera.view import Sighting, State, View, Watcher
from wire.cameras import HEALTH, CameraKind


class Analysis:
    """One camera's analysis. `watchers` are in order, health first. Not thread-safe: one thread analyses one camera."""

    def __init__(self, watchers: Sequence[Watcher], episodes: Episodes) -> None:
        self._watchers = tuple(watchers)
        self._episodes = episodes
        self._line = Line()

    def change(self, watchers: Sequence[Watcher], at_s: float) -> list[Change]:
        """Go on with other watchers, in the thread that analyses. The events of zones end: these are others now."""
        self._watchers = tuple(watchers)
        return self._episodes.close(at_s, is_of_zone=True)

    @property
    def open_kinds(self) -> frozenset[CameraKind]:
        """Return the kinds that have an episode under way."""
        return self._episodes.open_kinds

    def tell(self, tally: Tally, at_s: float) -> None:
        """Take the counts of the stream until now; call before each `look`, `absent` and `wait`."""
        self._line.tell(tally, at_s)

    def look(self, view: View) -> list[Change]:
        """Judge one view and return the changes of episodes. Raises ValueError for a frame without pixels, which counts
        as no frame."""
        return self._episodes.see(self.sightings(view), view.at_s)

    def sightings(self, view: View) -> list[Sighting]:
        """Return the sightings of all watchers in `view`, for tools that show values; `look` makes events of them."""
        # One scaled frame for all watchers: each width is computed only once.
        shared = replace(view, frame=scaled(view.frame))
        # A frame has come, so the camera is online: this ends an `offline` episode.
        said = self._line.come(view.at_s)
        for watcher in self._watchers:
            said += self._line.hold(list(watcher.look(shared, self._trouble(said))), view.at_s)
        return said

    def see(self, said: Sequence[Sighting], at_s: float) -> list[Change]:
        """Return the changes that the `sightings` of one view make."""
        return self._episodes.see(said, at_s)

    def absent(self, at_s: float, reason: str = "") -> list[Change]:
        """Note that there is no frame now: the camera is offline, and nothing else can be told. `reason`: a word for
        why."""
        self._episodes.interrupt()
        return self._episodes.see(self._line.miss(at_s, reason), at_s)

    def wait(self, at_s: float) -> list[Change]:
        """Note that packets come, but that none of their pictures is whole."""
        return self._episodes.see(self._line.wait(), at_s)

    def close(self, at_s: float) -> list[Change]:
        """End every episode, because the camera is no longer watched."""
        return self._episodes.close(at_s)

    def _trouble(self, said: Sequence[Sighting]) -> frozenset[CameraKind]:
        suspected = {sighting.kind for sighting in said if sighting.kind in HEALTH and sighting.state is State.YES}
        under_way = self._episodes.open_kinds & HEALTH
        # Of a line that is lost again and again the absence goes on for a minute; a picture that came is judged.
        return (under_way - {CameraKind.OFFLINE} if self._line.is_back else under_way) | suspected
