"""A decoder made of three parts that each family brings: a grammar (frames), a reader (frames to readings) and, for an
analyzer that must be asked, a dialogue (requests). It keeps the time and the order, the same for all.

Requests go out of `start` and `tick` alone, so the outputs of `receive` depend on the bytes and not on how they were
cut.

Equal readings are counted (`Reading.copy`): those of one frame, since a frame is read whole. Where no exact time names
them, those of one round, which reads the memory once from its beginning: the third of its kind in one round is the
third in the next, however the frames cut them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from firmware_adapters.asking import Asker, Dialogue, PollingSettings, Request
from firmware_adapters.contract import FrameAccepted, FrameRejected, Output, Reading, RoundRead, Send
from firmware_adapters.copies import Copies
from firmware_adapters.framing import Found, Grammar, Scanner, Seen
from wire.terms import TimeSource


class Conversation(Protocol):
    """Conversation with one analyzer, the family's own part, made anew whenever the link opens."""

    @property
    def grammar(self) -> Grammar: ...

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        """Read the results of a whole frame. A frame that passed its checks and makes no sense gives a FrameRejected
        with the reason `record`, beside being counted as a frame."""
        ...

    def missed(self) -> None:
        """Note a loss: a rejected range or noise lies between two frames."""
        ...

    def dialogue(self) -> Dialogue | None:
        """Return the requests of one round; None for an analyzer that pushes."""
        ...


@dataclass(slots=True)
class _Clockwork:
    """State that lives from `start` to `stop`."""

    conversation: Conversation
    scanner: Scanner
    asker: Asker | None = None
    frame_deadline: float | None = None


class PolledDecoder:
    """Decoder of analyzers that are asked; the rules stand in the module's text. `converse` makes the family's part;
    `requests` is the family's request table. `is_memory`: the records asked for lie in the device and come again in
    each round. `is_inexact`: the device's time is shared by the tests of a minute."""

    def __init__(
        self,
        converse: Callable[[], Conversation],
        settings: PollingSettings,
        *,
        requests: Sequence[Request] = (),
        passive: bool = False,
        is_memory: bool = True,
        is_inexact: bool = False,
    ) -> None:
        self._converse = converse
        self._settings = settings
        self._requests = requests
        self._is_passive = passive
        self._is_memory = is_memory
        self._is_inexact = is_inexact
        self._copies_in_frame = Copies()
        self._copies_in_round = Copies()
        self._is_running = False
        self._work = self._clockwork()

    def _clockwork(self) -> _Clockwork:
        conversation = self._converse()
        return _Clockwork(conversation, Scanner(conversation.grammar))

    @property
    def deadline(self) -> float | None:
        if self._is_passive or not self._is_running:
            return None
        asker, frame_deadline = self._work.asker, self._work.frame_deadline
        if asker is None or frame_deadline is None:
            return frame_deadline if asker is None else asker.deadline
        return min(frame_deadline, asker.deadline)

    def start(self, now: float) -> list[Output]:
        self._work = self._clockwork()
        self._is_running = True
        if self._is_passive:
            return []
        if self._requests:
            self._work.asker = Asker(self._begin, self._requests, self._settings, now)
        return self.tick(now)

    def _begin(self) -> Dialogue:
        self._copies_in_round.forget()
        dialogue = self._work.conversation.dialogue()
        assert dialogue is not None, "a family with a request table has a dialogue"
        return dialogue

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = self._read(self._work.scanner.feed(data), now)
        self._work.frame_deadline = now + self._settings.frame_s if self._work.scanner.is_holding else None
        return outputs

    def tick(self, now: float) -> list[Output]:
        if self._is_passive or not self._is_running:
            return []
        outputs: list[Output] = []
        work = self._work
        if work.frame_deadline is not None and now >= work.frame_deadline:
            work.frame_deadline = None
            outputs += self._read(work.scanner.give_up("timeout"), now)
        if work.asker is not None and now >= work.asker.deadline:
            rounds_read = work.asker.rounds_read
            request, is_broken_off = work.asker.tick(now)
            if is_broken_off:
                outputs.append(FrameRejected("timeout", work.scanner.offset, b"", "the answer broke off"))
            if self._is_memory and work.asker.rounds_read != rounds_read:
                outputs.append(RoundRead())
            outputs += [Send(request)] if request else []
        return outputs

    def stop(self, now: float) -> list[Output]:
        self._is_running = False
        self._work.asker = None
        self._work.frame_deadline = None
        return self._read(self._work.scanner.give_up("truncated"), now)

    def _read(self, seen: Sequence[Seen], now: float) -> list[Output]:
        outputs: list[Output] = []
        for item in seen:
            if not isinstance(item, Found):
                self._work.conversation.missed()
                if self._work.asker is not None:
                    self._work.asker.damaged()
                outputs.append(item)
                continue
            if not item.is_mark:
                outputs.append(FrameAccepted(item.offset, len(item.data)))
            self._copies_in_frame.forget()
            outputs += map(self._placed, self._work.conversation.read(item))
            if self._work.asker is not None:
                self._work.asker.heard(item, now)
        return outputs

    def _placed(self, output: Reading | FrameRejected) -> Reading | FrameRejected:
        if not isinstance(output, Reading):
            return output
        if self._work.asker is None or not self._is_memory:
            return self._copies_in_frame.numbered(output)
        is_named = output.time_source is TimeSource.TEST and output.measured_at is not None and not self._is_inexact
        copies = self._copies_in_frame if is_named else self._copies_in_round
        return replace(copies.numbered(output), is_kept=True)
