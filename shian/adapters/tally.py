"""The outcome of one profile on a capture, counted while it passes: nothing of the capture is kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from firmware_adapters.contract import (
    ClockRead,
    Concluded,
    Decoder,
    FrameAccepted,
    FrameRejected,
    Missed,
    Noise,
    Output,
    Reading,
    RoundRead,
    Send,
)
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family

_OF_OTHERS = frozenset(("other_model", "other_layout"))


@dataclass(frozen=True, slots=True)
class Heard:
    """Bytes that were on the line at `at_s` (seconds from the beginning of the capture)."""

    at_s: float
    is_host: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A family with one of its profiles."""

    family: Family
    profile: Profile

    @property
    def name(self) -> str:
        return f"{self.family.name}/{self.profile.name}"

    def decoder(self) -> Decoder:
        """Return a passive decoder: it never sends."""
        return self.family.decoder(self.profile, passive=True)

    @property
    def reads_requests(self) -> bool:
        """Return True when only the request before an answer says its meaning, so that the decoder needs to see
        both."""
        return self.family.name == "modbus_rtu" or "request" in self.profile.settings


@dataclass(slots=True)
class Tally:
    """Sizes in bytes. `values` are the readings with a number, `known` those whose item the profile found by the
    device's own code, `foreign` those of a device that calls itself another model or writes as another does;
    `rejected` are all by their reasons, `refused` those that hold bytes (an exception of Modbus holds none)."""

    size: int = 0
    frames: int = 0
    frame_bytes: int = 0
    readings: int = 0
    values: int = 0
    known: int = 0
    foreign: int = 0
    noise: int = 0
    refused: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_bytes: int = 0
    first: int | None = None

    @property
    def covered(self) -> float:
        """Return the share of the bytes that was understood, 0 to 1; 0 without any frame."""
        if not self.frames or not self.size:
            return 0.0
        return max(self.size - self.noise - self.rejected_bytes, 0) / self.size

    @property
    def valued(self) -> float:
        """Return the share of the frames that gave a number, 0 to 1."""
        return min(self.values / self.frames, 1.0) if self.frames else 0.0

    def take(self, output: Output, codes: frozenset[str]) -> None:
        match output:
            case FrameAccepted(offset, length):
                self.frames += 1
                self.frame_bytes += length
                self.first = offset if self.first is None else self.first
            case FrameRejected(reason, _, data):
                self.rejected[reason] += 1
                self.rejected_bytes += len(data)
                self.refused += bool(data)
            case Noise(_, data):
                self.noise += len(data)
            case Reading():
                self.readings += 1
                self.values += output.value is not None
                self.foreign += not _OF_OTHERS.isdisjoint(output.flags)
                self.known += output.item in codes and "address_unknown" not in output.flags
            case Send() | Missed() | RoundRead() | ClockRead() | Concluded():
                pass


def item_codes(profile: Profile) -> frozenset[str]:
    """Return the items that the profile finds by the device's codes, or by its registers."""
    registers = profile.settings.get("register", ())
    return frozenset(item.code for item in profile.items.values()) | {
        str(register.get("item")) for register in registers
    }


class Listener:
    """Feeds one passive decoder with what was heard, at the times of the capture."""

    def __init__(self, decoder: Decoder, *, with_host: bool) -> None:
        self._decoder = decoder
        self._with_host = with_host
        self._now = 0.0
        self._is_started = False

    def hear(self, heard: Heard) -> list[Output]:
        if heard.is_host and not self._with_host:
            return []
        outputs = self._begin()
        self._now = max(self._now, heard.at_s)
        if self._decoder.deadline is not None and self._now >= self._decoder.deadline:
            outputs += self._decoder.tick(self._now)
        return outputs + self._decoder.receive(heard.data, self._now)

    def end(self) -> list[Output]:
        return self._begin() + self._decoder.stop(self._now)

    def _begin(self) -> list[Output]:
        if self._is_started:
            return []
        self._is_started = True
        return list(self._decoder.start(self._now))


def run(candidate: Candidate, heard: Iterable[Heard], *, with_host: bool = False) -> Iterable[Output]:
    listener = Listener(candidate.decoder(), with_host=with_host)
    for chunk in heard:
        yield from listener.hear(chunk)
    yield from listener.end()


def tally_of(candidate: Candidate, heard: Iterable[Heard], *, with_host: bool = False) -> Tally:
    """Count all of `heard` in one go."""
    counting = Counting(candidate, with_host=with_host)
    for chunk in heard:
        counting.hear(chunk)
    return counting.end()


class Counting:
    """A Listener whose outputs are only counted."""

    def __init__(self, candidate: Candidate, *, with_host: bool) -> None:
        self.candidate = candidate
        self.with_host = with_host
        self.tally = Tally()
        self._listener = Listener(candidate.decoder(), with_host=with_host)
        self._codes = item_codes(candidate.profile)

    def hear(self, heard: Heard) -> None:
        if not heard.is_host or self.with_host:
            self.tally.size += len(heard.data)
            self._count(self._listener.hear(heard))

    def end(self) -> Tally:
        self._count(self._listener.end())
        return self.tally

    def _count(self, outputs: list[Output]) -> None:
        for output in outputs:
            self.tally.take(output, self._codes)
