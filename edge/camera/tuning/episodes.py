"""Changes of events gathered into episodes."""

from collections.abc import Iterable
from uuid import UUID

from edge.camera.episodes import Change
from edge.camera.tuning.score import Episode


class Gathered:
    """What is under way has no end; `all` is in order of the starts."""

    def __init__(self) -> None:
        self._episodes: dict[UUID, Episode] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for it in changes:
            if it.phase == "start":
                self._episodes[it.key] = Episode(it.kind, it.zone, it.began_s, it.at_s, None)
            elif it.phase == "end":
                begun = self._episodes[it.key]
                self._episodes[it.key] = Episode(begun.kind, begun.zone, begun.began_s, begun.start_s, it.at_s)

    @property
    def all(self) -> list[Episode]:
        return list(self._episodes.values())

    @property
    def under_way(self) -> list[Episode]:
        return [it for it in self._episodes.values() if it.end_s is None]
