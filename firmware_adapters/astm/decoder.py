"""The host's side of the line: tokens of `frames`, order of `link`, texts of `message` -> outputs and answers.

Order within one call: FrameAccepted, the readings that became complete with it, then the Send that acknowledges it.
Messages without frames (`bare`) are read outside transfers and not answered.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from firmware_adapters.asking import exactly
from firmware_adapters.astm.bare import BareMessage, BareReader
from firmware_adapters.astm.frames import ACK, ENQ, EOT, NAK, Broken, Control, Frame, FrameScanner, Stray, Token
from firmware_adapters.astm.link import Order, Place
from firmware_adapters.astm.message import Transcript
from firmware_adapters.astm.results import ResultReader
from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output, Send
from firmware_adapters.profile import Profile

RECEIVER_TIMEOUT_S = 30.0
# A sender waits 15 s for the answer to a frame (LIS01-A2 6.5.2) and then says EOT: one that comes so late knows of no
# answer. A little less, for the frame was sent before it arrived.
SENDER_TIMEOUT_S = 14.0
ANSWERS = (exactly("accepted", bytes((ACK,))), exactly("refused", bytes((NAK,))))


class AstmDecoder:
    """Decoder of ASTM records over the ASTM link. Raises ProfileError for options that the family does not know."""

    def __init__(
        self,
        profile: Profile,
        *,
        passive: bool = False,
        today: Callable[[], date] | None = None,  # noqa: ARG002 - the analyzer is never asked
    ) -> None:
        self._profile = profile
        self._reader = ResultReader(profile)
        self._is_passive = passive
        self._deadline: float | None = None
        self._begin()

    @property
    def deadline(self) -> float | None:
        return self._deadline

    def start(self, now: float) -> list[Output]:  # noqa: ARG002
        """Send nothing: the analyzer begins."""
        self._begin()
        return []

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs: list[Output] = []
        self._now = now
        for token in self._scanner.feed(data):
            outputs.extend(self._act(token))
            if not isinstance(token, Stray):
                self._set_deadline(now)
        if self._scanner.is_in_frame or self._bare.is_open:
            self._set_deadline(now)
        return outputs

    def tick(self, now: float) -> list[Output]:
        """Give up a transfer after 30 s of silence: its open message is discarded, and the next ENQ is waited for."""
        if self._deadline is None or now < self._deadline:
            return []
        return self._give_up("timeout")

    def stop(self, now: float) -> list[Output]:  # noqa: ARG002
        return self._give_up("truncated")

    def _begin(self) -> None:
        self._scanner = FrameScanner()
        self._bare = BareReader()
        self._order = Order(self._is_passive, self._profile.has_quirk("frame_numbers_ignored"))
        self._transcript = Transcript(self._profile, self._reader)
        self._deadline = None
        self._now = 0.0
        self._accepted_at: float | None = None

    def _set_deadline(self, now: float) -> None:
        is_waiting = self._order.is_open or self._scanner.is_in_frame or self._bare.is_open
        self._deadline = now + RECEIVER_TIMEOUT_S if is_waiting else None

    def _give_up(self, reason: str) -> list[Output]:
        outputs = list(self._read_bare(self._bare.close()))
        broken = self._scanner.close()
        if broken is not None:
            outputs.append(FrameRejected(reason, broken.offset, broken.data))
        outputs.extend(self._transcript.interrupt(reason))
        self._order.close()
        self._deadline = None
        return outputs

    def _act(self, token: Token) -> Iterator[Output]:
        if not isinstance(token, Stray):
            yield from self._read_bare(self._bare.close())
        else:
            self._order.stray(token.data, self._transcript.field_delimiter)
        match token:
            case Stray(offset, data) if self._order.is_open:
                yield Noise(offset, data)
            case Stray(offset, data):
                yield from self._read_bare(self._bare.feed(data, offset))
            case Control(byte) if byte == ENQ:
                yield from self._transcript.interrupt("truncated")
                self._order.open()
                yield from self._transcript.begin()
                self._accepted_at = None
                yield from self._answer(ACK)
            case Control(byte) if byte == EOT:
                yield from self._transcript.interrupt("truncated")
                self._order.close()
                if self._accepted_at is not None and self._now - self._accepted_at < SENDER_TIMEOUT_S:
                    yield from self._transcript.conclude()
                self._accepted_at = None
            case Control():
                pass
            case Broken(reason, offset, data):
                yield from self._refuse(reason, offset, data)
            case Frame(offset, raw, is_sound):
                if is_sound:
                    yield from self._judge(token)
                else:
                    yield from self._refuse("checksum", offset, raw)

    def _read_bare(self, found: Iterable[BareMessage | FrameRejected | Noise]) -> Iterator[Output]:
        for output in found:
            if not isinstance(output, BareMessage):
                yield output
                continue
            yield FrameAccepted(output.offset, len(output.data))
            self._transcript.is_answered = False
            for offset, record in output.records:
                yield from self._transcript.add(record + b"\r", offset, is_last=False, gap=None)
            self._transcript.is_answered = True

    def _judge(self, frame: Frame) -> Iterator[Output]:
        place = self._order.place(frame)
        if place is Place.OUT_OF_ORDER:
            yield from self._refuse(place.value, frame.offset, frame.raw)
            return
        yield FrameAccepted(frame.offset, len(frame.raw))
        if not self._order.is_open:
            yield from self._transcript.begin()
        if place is Place.NEXT:
            gap = self._order.advance(frame)
            yield from self._transcript.add(frame.text, frame.offset, is_last=frame.is_last, gap=gap)
        self._accepted_at = self._now
        yield from self._answer(ACK)

    def _refuse(self, reason: str, offset: int, data: bytes) -> Iterator[Output]:
        """Reject a frame. One that never ended gets no answer: its sender is busy with whatever cut it off."""
        self._order.lose(data, self._transcript.field_delimiter)
        self._accepted_at = None
        yield FrameRejected(reason, offset, data)
        if reason != "truncated":
            yield from self._answer(NAK)

    def _answer(self, byte: int) -> Iterator[Output]:
        if not self._is_passive:
            yield Send(bytes((byte,)))
