"""Detectors err for single frames: what several looks say. Pure."""

from collections import deque

from edge.camera.view import State

_LOOKS = 5
_LEAST = 3
_SHARE = 0.6


class Votes:
    """Of the last five looks three must decide, and three fifths of those agree; else `unsure`."""

    def __init__(self) -> None:
        self._looks: deque[State] = deque(maxlen=_LOOKS)

    def add(self, state: State) -> State:
        self._looks.append(state)
        decided = [it for it in self._looks if it is not State.UNSURE]
        if len(decided) < _LEAST:
            return State.UNSURE
        agreed = (it for it in (State.YES, State.NO) if decided.count(it) >= _SHARE * len(decided))
        return next(agreed, State.UNSURE)

    def clear(self) -> None:
        self._looks.clear()
