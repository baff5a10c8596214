"""Saves memory on small computers.

Libraries that the running agent never uses stay out: structlog would load `rich` for coloured tracebacks, 6 MiB that a
station's small computer can use better. Without rich, structlog prints plain ones. (`shian edge status` loads rich for
its tables, in a process that ends.) And all threads share one heap: glibc gives each its own, and memory that one
thread frees, the others cannot use (measured: 6 MiB less at full load, no slower, since Python's threads take turns
anyway)."""

import ctypes
import gc
import sys

_M_ARENA_MAX = -8  # malloc.h of glibc; other libraries have no mallopt, or ignore it


def share_one_heap() -> None:
    """Make all threads share one heap. Call before threads are started."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Give memory that was freed back to the system. Without effect where the library cannot."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        gc.collect()
        trim(0)


def import_structlog_without_rich() -> None:
    """Import structlog without `rich`. Call before any other module imports structlog; without effect afterwards."""
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # an import of it now fails, which structlog expects
    try:
        import structlog  # noqa: F401, PLC0415
    finally:
        del sys.modules["rich"]
