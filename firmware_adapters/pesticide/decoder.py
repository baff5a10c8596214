"""The decoder of the family: frames to readings, and, on a live link, the requests that fetch them.

Requests go out of `start` and `tick` alone, so the outputs of `receive` depend on the bytes and not on how they were
cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from firmware_adapters.contract import FrameAccepted, FrameRejected, Output, Reading, RoundRead, Send
from firmware_adapters.copies import Copies
from firmware_adapters.framing import Found, Scanner, Seen
from firmware_adapters.pesticide.frames import LZ_RECORD, TL_RECORD, Frame, LengthGrammar
from firmware_adapters.pesticide.options import read_options
from firmware_adapters.pesticide.polling import ByDay, ByNews, Poller
from firmware_adapters.pesticide.records import Record, RecordError, is_empty_answer, read_record
from firmware_adapters.pesticide.requests import is_request
from firmware_adapters.profile import Profile


class PesticideDecoder:
    """LZ-4000T and TL-310, as the profile's `dialect` says.

    A record of the other model is rejected (`record`), not decoded: it shows that the wrong profile was chosen.
    Requests of a host, in a capture or as an echo, are passed over without an output.
    """

    def __init__(self, profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> None:
        self._profile = profile
        self._options = read_options(profile)
        self._record_kind = LZ_RECORD if self._options.dialect == "lz-4000t" else TL_RECORD
        self._is_passive = passive
        self._today = today
        self._scanner = Scanner(LengthGrammar())
        self._poller: Poller | None = None
        self._rounds_told = 0
        self._copies = Copies()
        self._frame_deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        if self._poller is None:
            return None
        if self._frame_deadline is None:
            return self._poller.deadline
        return min(self._frame_deadline, self._poller.deadline)

    def start(self, now: float) -> list[Output]:
        self._scanner = Scanner(LengthGrammar())
        self._copies.forget()
        self._frame_deadline = None
        if self._is_passive:
            return []
        self._rounds_told = 0
        is_lz = self._options.dialect == "lz-4000t"
        self._poller = Poller(self._options, ByDay(self._options, self._today) if is_lz else ByNews(), now)
        return self.tick(now)

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = self._read(self._scanner.feed(data), now)
        self._frame_deadline = now + self._options.frame_s if self._scanner.is_holding else None
        return outputs

    def tick(self, now: float) -> list[Output]:
        if self._poller is None:
            return []
        outputs: list[Output] = []
        if self._frame_deadline is not None and now >= self._frame_deadline:
            self._frame_deadline = None
            outputs += self._read(self._scanner.give_up("timeout"), now)
        if now >= self._poller.deadline:
            request, lost = self._poller.tick(now)
            if self._poller.rounds_read != self._rounds_told:
                self._rounds_told = self._poller.rounds_read
                outputs.append(RoundRead())
            if lost:
                detail = f"the answer broke off: {lost.got} of {lost.total} records"
                outputs.append(FrameRejected("timeout", self._scanner.offset, b"", detail))
            if request:
                self._copies.forget()
                outputs.append(Send(request))
        return outputs

    def stop(self, now: float) -> list[Output]:
        self._poller = None
        self._frame_deadline = None
        return self._read(self._scanner.give_up("truncated"), now)

    def _read(self, seen: Sequence[Seen], now: float) -> list[Output]:
        outputs: list[Output] = []
        for item in seen:
            if not isinstance(item, Found):
                outputs.append(item)
                if self._poller:
                    self._poller.damaged()
                continue
            frame = Frame(item.offset, item.data)
            if not self._is_passed_over(frame):
                self._tell_poller(frame, self._read_frame(frame, outputs), now)
        return outputs

    def _is_passed_over(self, frame: Frame) -> bool:
        """Return True for a host's request. On a live link the ping's own form may be its answer."""
        return is_request(frame) and (self._is_passive or frame.kind != 0)

    def _read_frame(self, frame: Frame, outputs: list[Output]) -> Record | None:
        """Append the outputs of the frame and return its record, if it holds one."""
        if frame.kind in (LZ_RECORD, TL_RECORD) and not is_empty_answer(frame):
            try:
                if frame.kind != self._record_kind:
                    raise RecordError(f"a record of another model than the profile {self._profile.name!r}")
                record = read_record(frame, self._profile)
            except RecordError as exc:
                outputs.append(FrameRejected("record", frame.offset, frame.data, str(exc)))
                return None
            outputs += [FrameAccepted(frame.offset, len(frame.data)), self._placed(record.reading)]
            return record
        outputs.append(FrameAccepted(frame.offset, len(frame.data)))
        return None

    def _placed(self, reading: Reading) -> Reading:
        """Count equal records of one answer, where it is known to be one; in a capture each stands for itself."""
        return reading if self._is_passive else replace(self._copies.numbered(reading), is_kept=True)

    def _tell_poller(self, frame: Frame, record: Record | None, now: float) -> None:
        if self._poller is None:
            return
        self._poller.heard(now)
        if record or frame.kind == self._record_kind:
            self._poller.record(record, now)
        else:
            self._poller.other(now)
