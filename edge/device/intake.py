"""Brings a decoder's outputs to the disk: judges, writes, counts, rings. One object a device.

Everything of one call of the decoder goes into one transaction of the spool, and only then does the caller answer the
analyzer. When there is no room, the batch is kept in hand and tried again. Meanwhile the caller reads nothing more, so
memory stays bounded and the analyzer is left without an answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from uuid_utils.compat import uuid7

from edge.device.clock_watch import ClockWatch
from edge.device.last_results import last_result
from edge.device.probes import Probes
from edge.device.recorder import Judged, Origin, Recorder
from edge.device.resends import Resends
from edge.device.tally import Tally
from edge.errors import SpoolError
from edge.metrics import Metrics
from edge.spool.patient import note
from edge.spool.rows import DeadLetter, Draft, Recorded
from edge.spool.spool import Spool
from firmware_adapters.contract import (
    ClockRead,
    Concluded,
    FrameAccepted,
    FrameRejected,
    Missed,
    Noise,
    Output,
    Reading,
    RoundRead,
    Send,
)
from wire.kinds.device import DeviceV1
from wire.kinds.envelope import Data
from wire.kinds.probe import ProbeV1
from wire.kinds.result import ResultV1
from wire.terms import Role

log = structlog.get_logger()


@dataclass(slots=True)
class _Batch:
    """The outputs of one call of the decoder. `names`: transfers in it; `concluded`: the number of `judged` whose names
    a `Concluded` has ended, None without one. `items`: results of samples by
    their item."""

    judged: list[Judged | Draft] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    concluded: int | None = None
    troubles: list[ProbeV1] = field(default_factory=list)
    items: Counter[str] = field(default_factory=Counter)


class Intake:
    def __init__(
        self,
        origin: Origin,
        recorder: Recorder,
        spool: Spool,
        *,
        clock: Callable[[], datetime],
        retry_s: float,
        watch: ClockWatch,
        metrics: Metrics,
        tally: Tally,
        ring: Callable[[ResultV1], None],
        ring_probe: Callable[[ProbeV1], None] = lambda _: None,
        probes: Probes | None = None,
        knows_day: Callable[[], bool] = lambda: True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build the intake of one device. `knows_day`: whether `clock` is of today; while it is not, no analyzer is
        called off."""
        self._origin = origin
        self._recorder = recorder
        self._spool = spool
        self._clock = clock
        self._retry_s = retry_s
        self._watch = watch
        self._metrics = metrics
        self._ring = ring
        self._ring_probe = ring_probe
        self._knows_day = knows_day
        self._monotonic = monotonic
        self._resends = Resends()
        self._probes = probes or Probes(uuid7)
        self.tally = tally
        self.results = 0
        self.dead_letters = 0

    def take(self, outputs: Sequence[Output], stop: threading.Event) -> bool:
        """Put the outputs on disk. Returns True when that is done at once; False when it took so long that an answer to
        the analyzer would come too late, or when the agent stopped before there was room."""
        batch = _Batch(items=self._counted(outputs))
        for output in outputs:
            self._sort(output, batch)
        self._take_troubles(self._probes.tick(self._monotonic()), batch)
        drafts = [one.draft if isinstance(one, Judged) else one for one in batch.judged]
        drafts += [Draft(trouble, self._origin.source) for trouble in batch.troubles]
        if not drafts and not batch.letters:
            self._remember(batch, [])
            self._note_rounds(outputs)
            return True
        is_prompt = True
        # Nothing more is read meanwhile, so that memory stays bounded and the analyzer waits.
        while (answers := self._try(drafts, batch.letters)) is None:
            is_prompt = False
            if stop.wait(self._retry_s):
                self._metrics.unrecorded.inc(len(drafts))
                log.error(
                    "unrecorded", device=self._origin.device, results=len(drafts), reason="stopped on a full disk"
                )
                return False
        answers = answers[: len(batch.judged)]
        self._remember(batch, answers)
        self._count(batch.judged, answers, batch.letters)
        for trouble in batch.troubles:
            self._ring_probe(trouble)
        if is_prompt:
            self._note_rounds(outputs)
        else:
            self._watch.forget()  # the round lies before the wait, and what was made meanwhile behind it
        return is_prompt

    @property
    def adapter(self) -> str:
        """Return the family that reads the device."""
        return self._origin.adapter

    def begin(self) -> None:
        """Begin a conversation. Records that the device has made before it prove nothing of its clock, and of the
        transfers before it, only unanswered ones can be sent again."""
        self._watch.forget()
        self._resends.reopen()
        self._probes.begin(self._monotonic())

    def look(self, stop: threading.Event) -> None:
        """Look at the time: a probe may have been in trouble for long enough. Call often while the link is open."""
        self.take((), stop)

    def note(self, data: DeviceV1) -> None:
        """Record an event about the device itself; without room only log it."""
        note(self._spool, self._origin.source, self._origin.device, data)

    def bury(self, reason: str, data: bytes, detail: str) -> None:
        """Keep bytes that broke the decoder itself as a dead letter."""
        self._spool.record((), [DeadLetter(self._origin.device, reason, data, 0, detail)])
        self._metrics.dead_letters.labels(self._origin.device, reason).inc()
        self.dead_letters += 1
        self.tally.count(dead_letters=1)

    def _sort(self, output: Output, batch: _Batch) -> None:
        device = self._origin.device
        match output:
            case Reading():
                if output.continuous:
                    self._take_troubles(self._probes.read(output, self._monotonic()), batch)
                self._judge(output, batch)
            case Missed():
                self._take_troubles(self._probes.missed(output, self._monotonic()), batch)
            case Concluded():
                batch.concluded = len(batch.judged)
                batch.names.clear()
            case FrameRejected(reason, offset, data, detail):
                batch.letters.append(DeadLetter(device, reason, data, offset, detail))
            case Noise(offset, data):
                batch.letters.append(DeadLetter(device, "noise", data, offset))
            case FrameAccepted():
                self._metrics.frames.labels(device).inc()
            case ClockRead(at) if self._knows_day():
                now = self._clock()
                self._tell_skew(self._watch.observe_clock(self._recorder.utc(at), now))
            case Send() | RoundRead() | ClockRead():
                pass

    def _counted(self, outputs: Iterable[Output]) -> Counter[str]:
        """Count the results of samples by item, without those that a device's memory brings once more."""
        found: Counter[str] = Counter()
        for output in outputs:
            if isinstance(output, Reading) and not output.continuous and output.role is Role.SAMPLE:
                name = self._recorder.kept_name(output, self._clock()) if output.is_kept else ""
                found[output.item] += not name or self._resends.find_kept(name) is None
        return found

    def _take_troubles(self, troubles: Iterable[ProbeV1], batch: _Batch) -> None:
        batch.troubles += troubles

    def _judge(self, reading: Reading, batch: _Batch) -> None:
        found = self._recorder.judge(reading, self._clock(), is_alone=batch.items[reading.item] == 1)
        match found:
            case None:
                self._metrics.thinned.labels(self._origin.device).inc()
                self.tally.look()
            case DeadLetter():
                batch.letters.append(found)
            case Judged() if found.kept and self._resends.find_kept(found.kept) is not None:
                self._metrics.reread.labels(self._origin.device).inc()  # it was asked for again: no news
            case Judged() if found.transfer:
                batch.judged.append(self._known_transfer(found, batch))
            case _:
                batch.judged.append(found)

    def _known_transfer(self, judged: Judged, batch: _Batch) -> Judged:
        """Return `judged`, with the number of the event that it is a repeat of, if it is one."""
        first = self._resends.find(judged.transfer, self._monotonic()) if batch.concluded is None else None
        # The same name twice in one batch: the first of the two has no number yet.
        if judged.transfer in batch.names:
            first = 0
        batch.names.add(judged.transfer)
        return judged if first is None else replace(judged, draft=replace(judged.draft, again=first))

    def _remember(self, batch: _Batch, answers: Sequence[Recorded | None]) -> None:
        """Remember the transfers, only now that all of it is on disk: a result that was not recorded must not be taken
        for a repeat."""
        if batch.concluded is not None:
            self._resends.conclude()
        for place, (one, answer) in enumerate(zip(batch.judged, answers, strict=True)):
            if not isinstance(one, Judged):
                continue
            if one.kept:
                self._resends.remember_kept(one.kept, answer.number if answer else 0)
            if one.transfer and place >= (batch.concluded or 0):
                number = answer.number if answer else one.draft.again or 0
                self._resends.remember(one.transfer, number, self._monotonic(), is_new=answer is not None)

    def _try(self, drafts: Sequence[Draft], letters: Sequence[DeadLetter]) -> list[Recorded | None] | None:
        try:
            return self._spool.record(drafts, letters)
        except SpoolError:  # the spool said so in the log
            self._metrics.full_refusals.inc()
            return None

    def _count(
        self, judged: Sequence[Judged | Draft], answers: Sequence[Recorded | None], letters: Sequence[DeadLetter]
    ) -> None:
        device = self._origin.device
        for reason, count in Counter(letter.reason for letter in letters).items():
            self._metrics.dead_letters.labels(device, reason).inc(count)
            log.warning("dead_letters", device=device, reason=reason, count=count)
        self.dead_letters += len(letters)
        new = [(one, answer) for one, answer in zip(judged, answers, strict=True) if answer is not None]
        self._metrics.recorded.labels(device).inc(len(new))
        self._metrics.duplicates.labels(device).inc(len(judged) - len(new))
        self.results += len(new)
        self.tally.count(
            results=len(new),
            repeats=sum(answer is None and not _is_kept(one) for one, answer in zip(judged, answers, strict=True)),
            dead_letters=len(letters),
            last_result=last_result(_data(new[-1][0]), new[-1][1].recorded_at) if new else None,
        )
        self._log_repeats(judged, answers)
        results = [(one, answer) for one, answer in new if isinstance(one, Judged)]
        for one, answer in results:
            self._watch_clock(one.result, answer.recorded_at)
        for one, _ in results:
            if one.is_failed:
                self._metrics.failed.labels(device).inc()
                self._ring(one.result)

    def _note_rounds(self, outputs: Sequence[Output]) -> None:
        if any(isinstance(output, RoundRead) for output in outputs):
            self._watch.caught_up(self._clock())

    def _tell_skew(self, skew: float | None) -> None:
        if skew is not None:
            log.warning("clock_skew", device=self._origin.device, skew_s=round(skew))
            self.note(DeviceV1(state="clock_skew", reason="device minus edge", clock_skew_s=round(skew, 3)))

    def _log_repeats(self, judged: Sequence[Judged | Draft], answers: Sequence[Recorded | None]) -> None:
        folded = sum(answer is None for answer in answers)
        possible = sum(answer is not None and answer.is_possible_repeat for answer in answers)
        if folded:
            log.info("repeats_folded", device=self._origin.device, count=folded, of=len(judged))
        if possible:
            log.info("possible_repeats", device=self._origin.device, count=possible, of=len(judged))
            self._metrics.possible_repeats.labels(self._origin.device).inc(possible)

    def _watch_clock(self, result: ResultV1, recorded_at: datetime) -> None:
        device = self._origin.device
        if result.measured_at is not None and self._knows_day():
            at = self._recorder.nearest(result.measured_at, recorded_at)
            self._tell_skew(self._watch.observe(at, recorded_at))
        elif result.measured_at is None and result.measured_at_text and self._watch.observe_impossible():
            log.warning("clock_impossible", device=device, wrote=result.measured_at_text)
            self.note(DeviceV1(state="clock_skew", reason=f"wrote an impossible time: {result.measured_at_text}"))


def _data(judged: Judged | Draft) -> Data:
    return judged.result if isinstance(judged, Judged) else judged.data


def _is_kept(judged: Judged | Draft) -> bool:
    """Tell whether the result lies in the device's memory: then it comes again because we ask, and its repeat means
    nothing."""
    return (judged.draft if isinstance(judged, Judged) else judged).is_kept
