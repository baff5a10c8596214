"""The decoder of the family: a client that polls the profile's register map, or a listener.

A profile without registers, and every passive decoder, listens: requests of another host are frames as well, and are
paired with their answers. A client has one request open and takes its answer by slave, function and size; any other
good frame is rejected (`sequence`): it is late, or was asked by somebody else. The echo of the own request is dropped.

An exception is a good frame; its meaning is said beside it, as a rejection (`exception`) of no bytes: always in a
capture; on a live line a refusal once until it changes, and "busy" when it stays so. A slave that does not answer is
one `timeout`, once an outage.

Only reading functions are ever sent. Requests go out of `start` and `tick` alone, so the outputs of `receive` depend on
the bytes and not on how they were cut.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from firmware_adapters.contract import FrameAccepted, FrameRejected, Missed, Output, Send
from firmware_adapters.modbus_rtu.blocks import blocks_of, registers_in
from firmware_adapters.modbus_rtu.framer import Found, Framer
from firmware_adapters.modbus_rtu.frames import Frame
from firmware_adapters.modbus_rtu.functions import EXCEPTIONS
from firmware_adapters.modbus_rtu.polling import Schedule
from firmware_adapters.modbus_rtu.readings import ReplyReader
from firmware_adapters.modbus_rtu.registers import Settings
from firmware_adapters.profile import Profile

LISTENER_SILENCE_S = 1.0
_EXCEPTION_SIZE = 5


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> "Listener | Client":  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return Listener(settings) if passive or not settings.registers else Client(settings)


class Listener:
    """Listener to a conversation of others."""

    def __init__(self, settings: Settings) -> None:
        self._reader = ReplyReader(settings)
        self._framer = Framer()
        self._hears_requests = False
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        return self._deadline

    def start(self, now: float) -> list[Output]:  # noqa: ARG002
        self._framer = Framer()
        self._deadline = None
        self._hears_requests = False
        return []

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = list(self._read(self._framer.feed(data)))
        self._deadline = now + LISTENER_SILENCE_S if self._framer.is_holding else None
        return outputs

    def tick(self, now: float) -> list[Output]:
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        return list(self._read(self._framer.give_up("timeout")))

    def stop(self, now: float) -> list[Output]:  # noqa: ARG002
        self._deadline = None
        return list(self._read(self._framer.give_up("truncated")))

    def _read(self, found: Iterable[Found]) -> Iterator[Output]:
        for item in found:
            if isinstance(item, Frame):
                yield from self._judge(item)
            else:
                yield item

    def _judge(self, frame: Frame) -> Iterator[Output]:
        request, self._framer.awaited = self._framer.awaited, None
        is_answer = request is not None and request.is_answered_by(frame)
        yield FrameAccepted(frame.offset, len(frame.data))
        if not is_answer and self._is_request(frame):
            self._framer.awaited = frame if frame.slave else None
            self._hears_requests = self._hears_requests or not frame.can_be_reply
        elif frame.exception is not None:
            yield explain(frame, frame.exception)
        else:
            yield from self._reader.read(frame, request if is_answer else None)

    def _is_request(self, frame: Frame) -> bool:
        """Return True for a request. Where both directions look the same, a write is a reply until the line is known to
        carry requests; three bytes of bits are a request, which is by far the more common."""
        if not frame.can_be_request or not frame.can_be_reply:
            return frame.can_be_request
        return self._hears_requests or frame.function in (1, 2)


class Client:
    """The only host on the line."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._blocks = blocks_of(settings)
        self._reader = ReplyReader(settings)
        self._framer = self._new_framer()
        self._schedule: Schedule | None = None
        self._asked_at = 0.0
        self._give_up_at = 0.0
        self._quiet_from = 0.0

    @property
    def deadline(self) -> float | None:
        if self._schedule is None:
            return None
        if self._framer.awaited is not None:
            return self._give_up_at
        return max(self._schedule.next_at, self._quiet_from)

    def start(self, now: float) -> list[Output]:
        self._framer = self._new_framer()
        self._schedule = Schedule(self._blocks, self._settings, now)
        self._asked_at = self._give_up_at = self._quiet_from = now
        return self.tick(now)

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = list(self._read(self._framer.feed(data), now))
        if self._framer.awaited is not None and self._framer.is_holding:
            # A long answer is still coming; but babble does not hold the bus for ever.
            latest = self._asked_at + 3 * self._settings.reply_s
            self._give_up_at = min(max(self._give_up_at, now + self._settings.reply_s / 2), latest)
        elif self._schedule is not None:
            latest = max(self._schedule.next_at, self._asked_at) + self._settings.reply_s
            self._quiet_from = max(self._quiet_from, min(now + self._settings.gap_s, latest))
        return outputs

    def tick(self, now: float) -> list[Output]:
        if self._schedule is None or self.deadline is None or now < self.deadline:
            return []
        outputs: list[Output] = []
        if self._framer.awaited is not None:
            outputs += self._read(self._framer.give_up("timeout"), now)
        if self._framer.awaited is not None:
            self._framer.awaited = None
            self._quiet_from = now + self._settings.gap_s
            outputs += self._missed("does not answer", is_silent=True)
            slave = self._schedule.silent(now)
            if slave is not None:
                outputs.append(FrameRejected("timeout", self._framer.offset, b"", f"slave {slave} does not answer"))
        if now >= self._quiet_from:
            outputs += self._ask(self._schedule, now)
        return outputs

    def stop(self, now: float) -> list[Output]:
        outputs = list(self._read(self._framer.give_up("truncated"), now))
        self._schedule = None
        self._framer.awaited = None
        return outputs

    def _new_framer(self) -> Framer:
        return Framer(frozenset(block.request.answer_size for block in self._blocks) | {_EXCEPTION_SIZE})

    def _ask(self, schedule: Schedule, now: float) -> Iterator[Output]:
        yield from self._read(self._framer.give_up("timeout"), now)
        block = schedule.ask(now)
        if block is None:
            return
        self._framer.awaited = block.request
        self._asked_at = now
        self._give_up_at = now + self._settings.reply_s
        yield Send(block.request.data)

    def _read(self, found: Iterable[Found], now: float) -> Iterator[Output]:
        for item in found:
            if isinstance(item, Frame):
                yield from self._judge(item, now)
            else:
                yield item

    def _judge(self, frame: Frame, now: float) -> Iterator[Output]:
        request, schedule = self._framer.awaited, self._schedule
        if request is None or schedule is None:
            yield FrameRejected("sequence", frame.offset, frame.data, "late or not asked for")
        elif frame.data == request.data:
            pass  # the echo of an RS-485 adapter
        elif request.is_answered_by(frame):
            yield FrameAccepted(frame.offset, len(frame.data))
            yield from self._reader.read(frame, request)
            schedule.answered(now)
            self._close(now)
        elif frame.exception is not None and (frame.slave, frame.function) == (request.slave, request.function):
            yield FrameAccepted(frame.offset, len(frame.data))
            yield from self._missed(f"exception {frame.exception}, {_meaning(frame.exception)}")
            if schedule.excepted(frame.exception, now):
                yield explain(frame, frame.exception)
            self._close(now)
        else:
            yield FrameRejected("sequence", frame.offset, frame.data, "not the answer to the open request")

    def _missed(self, reason: str, *, is_silent: bool = False) -> Iterator[Missed]:
        """Yield the continuous values of the open request, which did not come."""
        block = self._schedule.asked if self._schedule else None
        if block is None:
            return
        for register, _ in registers_in(self._settings, block.slave, block.function, block.address, block.size):
            if register.continuous:
                yield Missed(register.item, register.continuous, block.slave, reason, is_silent=is_silent)

    def _close(self, now: float) -> None:
        self._framer.awaited = None
        self._quiet_from = now + self._settings.gap_s


def explain(frame: Frame, code: int) -> FrameRejected:
    """Return the report of an exception, of no bytes: it stands beside the frame, which was good."""
    detail = f"slave {frame.slave}, function {frame.function}: exception {code}, {_meaning(code)}"
    return FrameRejected("exception", frame.offset + len(frame.data), b"", detail)


def _meaning(code: int) -> str:
    return EXCEPTIONS.get(code, "not a code of the standard")
