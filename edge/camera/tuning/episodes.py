"""Gathers the changes of events into episodes."""

from collections.abc import Iterable
from uuid import UUID

from edge.camera.episodes import Change
from edge.camera.tuning.score import Episode


class Gathered:
    """The episodes so far. An episode that is under way has no end; `all` is in order of the starts."""

    def __init__(self) -> None:
        self._episodes: dict[UUID, Episode] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.phase == "start":
                self._episodes[change.key] = Episode(change.kind, change.zone, change.began_s, change.at_s, None)
            elif change.phase == "end":
                begun = self._episodes[change.key]
                self._episodes[change.key] = Episode(begun.kind, begun.zone, begun.began_s, begun.start_s, change.at_s)

    @property
    def all(self) -> list[Episode]:
        return list(self._episodes.values())

    @property
    def under_way(self) -> list[Episode]:
        return [episode for episode in self._episodes.values() if episode.end_s is None]
