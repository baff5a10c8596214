"""Combines several looks, because detectors err for single frames. Pure."""

from collections import deque

from edge.camera.view import State

_LOOKS = 5
_LEAST = 3
_SHARE = 0.6


class Votes:
    """The last five looks: three must decide, and three fifths of those agree; else `unsure`."""

    def __init__(self) -> None:
        self._looks: deque[State] = deque(maxlen=_LOOKS)

    def add(self, state: State) -> State:
        self._looks.append(state)
        decided = [state for state in self._looks if state is not State.UNSURE]
        if len(decided) < _LEAST:
            return State.UNSURE
        agreed = (state for state in (State.YES, State.NO) if decided.count(state) >= _SHARE * len(decided))
        return next(agreed, State.UNSURE)

    def clear(self) -> None:
        self._looks.clear()
