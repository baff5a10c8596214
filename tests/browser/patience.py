"""Patience with pages that are about to change.

Playwright asks again until an element is there and has its text, but gives up at once when several elements are there
("strict mode violation"): a list that has not taken the row away yet fails a test of a busy machine. Here these are
asked again as well, until the same deadline."""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from playwright.sync_api import Error, Locator, expect
from playwright.sync_api._generated import LocatorAssertions

# Of a machine ten times slower than one at rest: whoever waits in vain waits so long, and nobody else.
LONGEST_MS = 60_000
# What is asked of one element or done to it; several are meant by the others (`count`, `all`, `first`).
OF_ONE = (
    "bounding_box", "check", "click", "evaluate", "fill", "focus", "get_attribute", "hover", "inner_text",
    "input_value", "is_checked", "is_disabled", "is_enabled", "is_visible", "press", "scroll_into_view_if_needed",
    "select_option", "set_input_files", "tap", "text_content", "uncheck", "wait_for",
)  # fmt: skip


@contextmanager
def patient(longest_ms: int = LONGEST_MS) -> Iterator[None]:
    """Let every assertion and every act of a page wait so long, also while there are several elements instead of
    one."""
    assertions = [name for name in vars(LocatorAssertions) if name.startswith(("to_", "not_to_"))]
    with ExitStack() as stack:
        for kind, names in ((Locator, OF_ONE), (LocatorAssertions, assertions)):
            for name in names:
                stack.enter_context(patch.object(kind, name, _asking_again(vars(kind)[name], longest_ms)))
        expect.set_options(timeout=longest_ms)
        yield


def _asking_again(method: Callable[..., Any], longest_ms: int) -> Callable[..., Any]:
    method = getattr(method, "__wrapped__", method)  # of somebody who waits longer

    @functools.wraps(method)
    def asked(*args: Any, **options: Any) -> Any:
        deadline = time.monotonic() + longest_ms / 1000
        while True:
            try:
                return method(*args, **options)
            except (Error, AssertionError) as problem:
                if "strict mode violation" not in str(problem) or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    return asked
