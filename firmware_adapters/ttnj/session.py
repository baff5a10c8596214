"""The session of the TT testers (TTNJ, TTJ, "smart"): two-byte marks around groups of fixed length.

    host            tester
    1B BF           1B xx       xx is the model code: 01 TTNJ-8 .. 33 TTJ-4H32; 05 is the "smart" series
    1B B1           1B C1       memory follows as groups
    24              a group     the newer document asks for each group; older testers stream them
                    1B FE       the end (one document says FB)
    1B FF                       the host leaves

Rules
- **1B B9 erases the memory.** It is not in this code. The requests that may be sent are in `REQUESTS`, byte for byte.
- 24 goes out only when the line has been quiet for `gap_s` and no end was seen, so a tester that streams is not asked.
- A group may hold every one of these marks, so they count only where a group cannot be: see the grammars.
- The bytes of a host in a capture (or an echo) are passed over.
"""

from collections.abc import Callable

from firmware_adapters.asking import Ask, Dialogue, exactly
from firmware_adapters.framing import Mark

ESCAPE = 0x1B
HELLO, DATA, NEXT, LEAVE = b"\x1b\xbf", b"\x1b\xb1", b"\x24", b"\x1b\xff"
REQUESTS = (exactly("hello", HELLO), exactly("data", DATA), exactly("next", NEXT), exactly("leave", LEAVE))

_MARKS = {0xC1: "start", 0xFE: "end", 0xFB: "end", 0xBF: "host", 0xB1: "host", 0xB9: "host", 0xFF: "host"}
_HIGHEST_MODEL = 0x3F


def mark_of(second: int, *, is_between_groups: bool) -> Mark | None:
    """Return the mark of 1B and `second`. Between groups a low second byte may be a group's own (a second, a
    minute)."""
    kind = _MARKS.get(second)
    if kind is None and not is_between_groups and 0 < second <= _HIGHEST_MODEL:
        kind = "model"
    return Mark(2, kind) if kind else None


def dialogue(is_over: Callable[[], bool], *, asks_next: bool, group: str) -> Dialogue:
    """Ask for one round: hello, all groups, leave. `is_over`: the end mark was seen since the start mark."""
    yield Ask(HELLO, wants=("model",))
    if not asks_next:
        yield Ask(DATA, wants=("end",))
    else:
        yield Ask(DATA, wants=("start", group, "end"))
        while not is_over():
            yield Ask(NEXT, wants=(group, "blank", "end"))
    yield Ask(LEAVE, may_be_silent=True, reply_s=0.5, is_courtesy=True)
