"""The grammar of a TT session: marks (see `session`) and between them groups of a fixed length without a check.

Where a group is due (behind the start mark or another group) it is judged by what is possible. When it fails, it is
rejected as a whole, and within its bytes only a group that is certain by stricter rules counts, no mark: marks occur in
numbers. So a damaged group costs itself, and a lost byte costs one group. Bytes where no group can begin are noise;
after them, and outside a session, marks and certain groups are looked for: so a capture may begin anywhere.
"""

from typing import Protocol

from firmware_adapters.framing import FOREIGN, Broken, Found, Judgement, Mark, More, Whole
from firmware_adapters.ttnj.session import ESCAPE, NEXT, mark_of

_CANCEL = b"\xb1\xff"


class Groups(Protocol):
    """Groups of one kind, as the grammar asks for them."""

    @property
    def size(self) -> int: ...

    @property
    def reach(self) -> int:
        """Return how many bytes `may_begin` needs."""
        ...

    def find(self, buffer: bytearray) -> int:
        """Return how many bytes at the head can begin neither a group nor a mark, whatever follows."""
        ...

    def may_begin(self, buffer: bytearray, *, is_due: bool) -> bool:
        """Return True when the first `reach` bytes (or all `size`) look like a group's, where one is due or
        elsewhere."""
        ...

    def trouble(self, group: bytearray) -> str:
        """Return the reason why these `size` bytes cannot be a group that is due here; "" if they can."""
        ...

    def is_certain(self, group: bytearray) -> bool:
        """Return True when these `size` bytes are a group even where none is due."""
        ...

    def heard_model(self, code: int) -> None:
        """Note the model that the tester named."""
        ...


class SessionGrammar:
    """Grammar of a session; the rules stand in the module's text."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._size = groups.size
        self._is_in_data = False
        self._due = 0  # where the next group or mark begins, if no byte was lost

    def skip(self, buffer: bytearray, offset: int, /) -> int:
        if not self._is_in_data or offset > self._due:
            return self._groups.find(buffer)
        return min(self._groups.find(buffer), self._due - offset) if offset < self._due else 0

    def judge(self, buffer: bytearray, offset: int, /) -> Judgement:
        if self._is_in_data and offset == self._due:
            return self._judge_due(buffer)
        is_inside_rejected = self._is_in_data and offset < self._due
        if buffer[0] == ESCAPE and not is_inside_rejected:
            if len(buffer) < 2:
                return More(is_ours=False)
            mark = mark_of(buffer[1], is_between_groups=self._is_in_data)
            if mark:
                return mark
        return self._search(buffer)

    def _judge_due(self, buffer: bytearray) -> Judgement:
        """Judge the head where a group or a mark is due."""
        if buffer[0] in (ESCAPE, _CANCEL[0]):
            if len(buffer) < 2:
                return More()
            if buffer[:2] == _CANCEL:
                return Mark(2, "host")
            mark = mark_of(buffer[1], is_between_groups=True) if buffer[0] == ESCAPE else None
            if mark:
                return mark
        if _is_next_before_mark(buffer):
            return Mark(1, "host")
        if len(buffer) < self._groups.reach:
            return More(is_ours=buffer != NEXT, size=self._size)
        return self._judge_group(buffer)

    def _judge_group(self, buffer: bytearray) -> Judgement:
        is_asked = buffer[0] == NEXT[0]
        if not self._groups.may_begin(buffer, is_due=True) and not _may_be_blank(buffer[: self._groups.reach]):
            return Mark(1, "host") if is_asked else FOREIGN
        if len(buffer) < self._size:
            return More(is_ours=buffer != NEXT, size=self._size)
        group = buffer[: self._size]
        if _may_be_blank(group):
            return Mark(self._size, "blank")
        trouble = self._groups.trouble(group)
        if trouble and is_asked:
            if len(buffer) == self._size:
                return More(size=self._size)
            if not self._groups.trouble(buffer[1 : self._size + 1]):
                return Mark(1, "host")
        return Broken("record", self._size, trouble) if trouble else Whole(self._size, "group")

    def _search(self, buffer: bytearray) -> Judgement:
        """Search for a group while out of step."""
        if len(buffer) < self._size:
            is_foreign = len(buffer) >= self._groups.reach and not self._groups.may_begin(buffer, is_due=False)
            return FOREIGN if is_foreign else More(is_ours=False)
        return Whole(self._size, "group") if self._groups.is_certain(buffer[: self._size]) else FOREIGN

    def took(self, frame: Found) -> None:
        if frame.kind == "model":
            self._groups.heard_model(frame.data[1])
        match frame.kind:
            case "start" | "group" | "blank":
                self._is_in_data = True
            case "end" | "model":
                self._is_in_data = False
            case _:
                pass
        self._due = frame.offset + len(frame.data)

    def lost(self, end: int) -> None:
        self._due = end

    def gave_up(self, offset: int) -> None:
        self._due = offset


def _may_be_blank(data: bytearray) -> bool:
    """Return True for memory that was never written."""
    return not data.strip(b"\0") or not data.strip(b"\xff")


def _is_next_before_mark(buffer: bytearray) -> bool:
    if len(buffer) < 3 or buffer[:2] != bytes((NEXT[0], ESCAPE)):
        return False
    return mark_of(buffer[2], is_between_groups=True) is not None
