"""Whose turn is it on the bus: one request at a time, the block that is most overdue first, and never a slave that
is being left alone.

    the answer                     next time of the block: its interval later     the slave is well
    exception 5 or 6               the same block, after `busy_s`, doubling       left alone until then
    another exception              the block after `busy_s`, doubling       the slave is well
    silence                        the same block                                 left alone: twice `reply_s`, doubling
                                                                                  up to `backoff_s`

A dead slave so costs the others one `reply_s` in each back-off. Since a slave is left alone for at least twice
`reply_s` after a silence, its late answer finds no request of the same slave to be taken for.
"""

from dataclasses import dataclass

from firmware_adapters.modbus_rtu.blocks import Block
from firmware_adapters.modbus_rtu.registers import Settings

SILENCES_TO_REPORT = 2
WAITS_TO_REPORT = 3
_MOST_DOUBLINGS = 16


@dataclass(slots=True)
class _Slave:
    silences: int = 0
    waits: int = 0
    left_alone_until: float = 0.0


@dataclass(slots=True)
class _Turn:
    block: Block
    due: float
    refused_with: int | None = None
    refusals: int = 0


class Schedule:
    def __init__(self, blocks: tuple[Block, ...], settings: Settings, now: float) -> None:
        self._settings = settings
        self._turns = [_Turn(block, now) for block in blocks]
        self._slaves = {block.slave: _Slave(left_alone_until=now) for block in blocks}
        self._asked: _Turn | None = None

    @property
    def next_at(self) -> float:
        """Return the time at which there is something to ask."""
        return min(map(self._ready_at, self._turns))

    def ask(self, now: float) -> Block | None:
        ready = [turn for turn in self._turns if self._ready_at(turn) <= now]
        self._asked = min(ready, key=lambda turn: turn.due, default=None)
        return self._asked.block if self._asked else None

    def answered(self, now: float) -> None:
        turn, slave = self._close()
        slave.silences = slave.waits = 0
        turn.refused_with, turn.refusals = None, 0
        turn.due += turn.block.every_s
        if turn.due <= now:
            turn.due = now + turn.block.every_s

    def excepted(self, code: int, now: float) -> bool:
        """Note an exception. Return True when it is to be reported: a refusal once until it changes, a slave that stays
        busy once."""
        turn, slave = self._close()
        slave.silences = 0
        if code in (5, 6):
            slave.left_alone_until = now + self._doubled(self._settings.busy_s, slave.waits)
            slave.waits += 1
            return slave.waits == WAITS_TO_REPORT
        is_news = turn.refused_with != code
        turn.refused_with = code
        slave.waits = 0
        # Soon at first: most exceptions pass. Then ever later: a register that the model lacks is refused for ever.
        turn.due = now + self._doubled(self._settings.busy_s, turn.refusals)
        turn.refusals += 1
        return is_news

    def silent(self, now: float) -> int | None:
        """Note a silence. Return the slave that must now be said not to answer: once an outage."""
        turn, slave = self._close()
        slave.silences += 1
        slave.left_alone_until = now + self._doubled(self._settings.reply_s, slave.silences)
        return turn.block.slave if slave.silences == SILENCES_TO_REPORT else None

    @property
    def asked(self) -> Block | None:
        """Return the block of the open request."""
        return self._asked.block if self._asked else None

    def _ready_at(self, turn: _Turn) -> float:
        return max(turn.due, self._slaves[turn.block.slave].left_alone_until)

    def _close(self) -> tuple[_Turn, _Slave]:
        turn, self._asked = self._asked, None
        if turn is None:
            raise RuntimeError("nothing was asked")
        return turn, self._slaves[turn.block.slave]

    def _doubled(self, wait: float, times: int) -> float:
        return max(min(wait * 2.0 ** min(times, _MOST_DOUBLINGS), self._settings.backoff_s), wait)
