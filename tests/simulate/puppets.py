"""A thread that moves only between two calls of `pause`, when its master says so: loops that were written to run for
ever take one turn at a time, always in the same order."""

import threading
from collections.abc import Callable

_PATIENCE_S = 60.0


class Killed(BaseException):
    """The end of a puppet by kill -9: no handler of the code under test may take it for an error of its own."""


class Puppet:
    """A thread that is led. `go` lets `work` run to its next pause; `kill` ends it there."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._work = work
        self._may_go = threading.Semaphore(0)
        self._has_paused = threading.Semaphore(0)
        self._is_killed = False
        self._failure: BaseException | None = None
        self.is_over = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def go(self) -> None:
        """Let `work` run to its next pause. An error in `work` is raised here."""
        self.begin()
        self.finish()

    def begin(self) -> None:
        """Begin a move, the first half of `go`: two puppets that were begun move at the same time."""
        self._may_go.release()

    def finish(self) -> None:
        assert self._has_paused.acquire(timeout=_PATIENCE_S), f"{self._thread.name} neither pauses nor ends"
        if self._failure is not None and not self._is_killed:
            failure, self._failure = self._failure, None
            raise failure

    def pause(self) -> None:
        """Pause until the next move; called by the puppet."""
        self._has_paused.release()
        self._may_go.acquire()
        if self._is_killed:
            raise Killed

    def kill(self) -> None:
        self._is_killed = True
        self._may_go.release()
        self._thread.join(_PATIENCE_S)
        assert not self._thread.is_alive(), f"{self._thread.name} survives"

    def _run(self) -> None:
        self._may_go.acquire()
        try:
            if not self._is_killed:
                self._work()
        except BaseException as exc:  # noqa: BLE001 - raised again by `finish`
            self._failure = exc
        finally:
            self.is_over = True
            self._has_paused.release()


class Stop(threading.Event):
    """A stop whose `wait` is a pause."""

    def __init__(self, wait: Callable[[float], None]) -> None:
        super().__init__()
        self._wait = wait

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._wait(timeout or 0.0)
        return self.is_set()
