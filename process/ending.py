"""The way a process is asked to end: SIGTERM and SIGINT set an event.

Not in the handler itself: Python runs it in the main thread between any two instructions, also while that thread is
inside `Event.wait` with the event's lock in its hands, and `Event.set` would then wait for that lock for ever. Seen as
a process that had to be killed, about once in ten ends.
"""

import os
import signal
import threading
from types import FrameType


def event_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set from now on. Call once, in the main thread of a process."""
    stop = threading.Event()
    read, write = os.pipe()
    os.set_blocking(write, False)

    def relay() -> None:
        os.read(read, 1)
        stop.set()

    def note(_number: int, _frame: FrameType | None) -> None:
        try:
            os.write(write, b"!")
        except BlockingIOError:
            return  # so many signals: the first is being relayed

    threading.Thread(target=relay, name="signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return stop
