"""A shian command in a process whose wall clock is off: `python -m tests.support.skewed SECONDS ingest run ...`.

Everything that Python reads from the wall clock is shifted before the first module of ours is loaded; the other
processes, PostgreSQL above all, keep the true time."""

import datetime
import runpy
import sys
import time
from datetime import datetime as _Real  # noqa: N812  a private name for the one that is replaced
from typing import Any


def skew(seconds: float) -> None:
    """Shift this process's wall clock for good."""
    by = datetime.timedelta(seconds=seconds)
    true_time, true_ns = time.time, time.time_ns

    class Looks(type):
        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, _Real)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, _Real)

    class Skewed(_Real, metaclass=Looks):
        def __new__(cls, *values: Any, **named: Any) -> Any:
            return _Real(*values, **named)  # noqa: DTZ001  as it was asked for

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return _Real.now(tz) + by

        @classmethod
        def utcnow(cls) -> Any:
            return _Real.now(datetime.UTC).replace(tzinfo=None) + by

    Skewed.__name__, Skewed.__qualname__, Skewed.__module__ = "datetime", "datetime", "datetime"
    datetime.datetime = Skewed  # type: ignore[misc]
    time.time = lambda: true_time() + seconds
    time.time_ns = lambda: true_ns() + int(seconds * 1e9)


if __name__ == "__main__":
    skew(float(sys.argv[1]))
    sys.argv[1:] = sys.argv[2:]
    runpy.run_module("shian", run_name="__main__", alter_sys=True)
