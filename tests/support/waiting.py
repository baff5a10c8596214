"""Tests never sleep for luck: they wait on a condition with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, timeout_s: float = 60.0, what: str = "") -> T:
    """Return the first truthy value of `condition`. Raises AssertionError when there is none within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for {what or condition}; last value {value!r}")
        time.sleep(0.01)
