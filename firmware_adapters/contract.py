"""The contract of a decoder: sans-IO, as in h11. Bytes and the time in; outputs and the next deadline out.

A decoder does no I/O, owns no clock and logs nothing. It keeps a bounded buffer. Bad bytes are outputs, not exceptions.

    decoder = family.decoder(profile, passive=False)
    outputs = decoder.start(now)              # the link is open: requests to send, if the family polls
    outputs = decoder.receive(data, now)      # bytes came in
    outputs = decoder.tick(now)               # `decoder.deadline` has passed
    outputs = decoder.stop(now)               # the link closed, or the file ended: complete records come out now

Outputs are in the order in which the caller must act on them. In particular **every `Reading` comes before the `Send`
that tells the analyzer that it was received**: the caller commits the readings of one call to disk, then sends.

`now` is a monotonic time in seconds; `deadline` is on the same scale, or None. Offsets count the bytes received since
`start`, so that a rejected range can be found again in a capture.

`passive=True` is for captures: somebody else answered the analyzer, so nothing is sent, and a broken order of frames
(the frame that was refused was sent again elsewhere, or cut out) does not condemn the frames that are whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from firmware_adapters.continuous import Continuous
from wire.terms import Comparison, RecordKind, Role, TimeSource, Verdict

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the device: an answer or a request that the profile claims. Nothing else is ever written to a port."""

    data: bytes


@dataclass(frozen=True, slots=True)
class FrameAccepted:
    """A whole frame that passed its check (a retransmission too). For the counters."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class FrameRejected:
    """A frame that began as one of the family's and did not pass. `reason` is a name: checksum, truncated, too_long,
    sequence, length, end_mark, timeout, record. The bytes are all that was dropped; of what is too long they may be the
    first alone, and `detail` says how many there were."""

    reason: str
    offset: int
    data: bytes
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no frame, merged into one range as far as they hang together."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class DeviceLimit:
    """The limit that the device says it applied; violated when `value <comparison> limit` holds."""

    comparison: Comparison
    value: float
    unit: str
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One result record of the device, translated once. A field that the device did not say is empty or None.

    `value` is None where the record carries no number; `value_text` is the device's own text, undecoded by us.
    `measured_at` is the device's clock, local and without a zone; `measured_at_text` is how the device wrote it.
    `item` is our item code where the profile maps the device's (`docs/items.md`), else the device's own code.
    `verdict` is the device's own. `continuous`: not a test of a sample but one look at a quantity that is always there.
    `raw` are the bytes that this record was decoded from, at `offset`.

    How far the reading can be told from the next test, and no further than the device vouches for it: `record_kind` is
    the kind of number of `record`, `time_source` the source of `measured_at`; a reading with a record or a time always
    says it, and never claims more than its profile's [identity]. In doubt it is the weaker one. `mark` is any other
    part of the device's record that tells it from others (a digest of its bytes): no name by itself. `copy` is its
    place among the equal readings of one message: 0, then 1 for the second that says the same. `transfer` names the
    bytes that brought it, where the same name within minutes proves that the sender repeats itself because our answer
    was lost; empty where nothing proves that. `Concluded` ends it. `is_kept`: it lies in the device's memory and comes
    again whenever that is asked for.
    """

    item: str
    raw: bytes
    offset: int
    item_name: str = ""
    role: Role = Role.SAMPLE
    value: float | None = None
    value_text: str = ""
    unit: str = ""
    verdict: Verdict | None = None
    limit: DeviceLimit | None = None
    standard: str = ""
    method: str = ""
    record: str = ""
    run: str = ""
    channel: int | None = None
    sample_number: str = ""
    commodity: str = ""
    operator: str = ""
    device_serial: str = ""
    measured_at: datetime | None = None
    measured_at_text: str = ""
    is_retest: bool = False
    continuous: Continuous | None = None
    flags: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    record_kind: RecordKind = RecordKind.NONE
    time_source: TimeSource = TimeSource.NONE
    mark: str = ""
    copy: int = 0
    transfer: str = ""
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """A continuous value that was asked for and did not come. Said after each request without it, however often.
    `is_silent`: there was no answer; else `reason` says what the answer was."""

    item: str
    continuous: Continuous
    channel: int | None = None
    reason: str = ""
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class RoundRead:
    """Whatever the device had to tell was asked for, and all of it came in whole: a result that is new after this was
    made after this. Comes behind the readings of the round."""


@dataclass(frozen=True, slots=True)
class ClockRead:
    """The device's clock at this moment, local and without a zone: told in a greeting or in an answer to a question,
    never out of a memory."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Concluded:
    """The sender has shown that it knows our answers: it repeats nothing of what it sent until now. The names in
    `Reading.transfer` end here, so that the same bytes are another test from now on."""


Output = Send | FrameAccepted | FrameRejected | Noise | Reading | Missed | RoundRead | ClockRead | Concluded


@runtime_checkable
class Decoder(Protocol):
    """Decoder of one connection; the contract stands in the module's text."""

    @property
    def deadline(self) -> float | None:
        """Return the time at which `tick` wants to be called, or None."""
        ...

    def start(self, now: float) -> list[Output]: ...
    def receive(self, data: bytes, now: float) -> list[Output]: ...
    def tick(self, now: float) -> list[Output]: ...
    def stop(self, now: float) -> list[Output]: ...


@dataclass(frozen=True, slots=True)
class Specimen:
    """Order to a simulator to report a result: the truth that a test holds the decoded reading against. `channel`: the
    well, where somebody chose one; else the tester counts."""

    number: str
    commodity: str
    item: str
    value: float
    measured_at: datetime
    verdict: Verdict = Verdict.PASS
    channel: int | None = None


@runtime_checkable
class Simulator(Protocol):
    """A virtual analyzer: the other end of the same protocol, sans-IO as well. Never shared code with the decoder."""

    @property
    def deadline(self) -> float | None: ...

    def measure(self, specimen: Specimen) -> None:
        """Make a test: pushed when the protocol pushes, kept in memory when the host must ask."""
        ...

    def receive(self, data: bytes, now: float) -> bytes:
        """Take bytes from the host and return bytes to the host."""
        ...

    def tick(self, now: float) -> bytes:
        """Return bytes to the host that are due: pushed results, retransmissions."""
        ...
