"""A station made of nothing but the wire: it chains events as the edge does, and keeps them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from uuid_utils.compat import uuid7

from wire import chain, codec
from wire.events import new_event, source_of
from wire.kinds.envelope import ZERO_HASH, Data
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import Role, Verdict

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def result(
    value: float | None = 12.5,
    *,
    number: str = "1",
    commodity: str = "菠菜",
    device_verdict: Verdict | None = Verdict.PASS,
    role: Role = Role.SAMPLE,
    is_retest: bool = False,
    item: str = "pesticide_inhibition",
    raw: str = "",
) -> ResultV1:
    return ResultV1(
        identity=uuid7().hex * 2,
        adapter="pesticide",
        profile="lz-4000t",
        item=item,
        item_name="农药残留",
        role=role,
        sample=SampleV1(number=number, commodity=commodity),
        value=value,
        value_text="" if value is None else str(value),
        unit="%",
        device_verdict=device_verdict,
        measured_at=START,
        is_retest=is_retest,
        raw=raw,
    )


@dataclass(slots=True)
class ChainedStation:
    """Station that makes the exact bytes of its events; `bodies[n - 1]` is event n."""

    name: str
    device: str = "tester-1"
    stream: UUID = field(default_factory=uuid7)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return f"shian/1/{self.name}/events"

    @property
    def urgent_topic(self) -> str:
        return f"shian/1/{self.name}/urgent"

    @property
    def head(self) -> str:
        return chain.digest(self.bodies[-1]) if self.bodies else ZERO_HASH

    def add(
        self,
        data: Data,
        *,
        device: bool = True,
        previous: str | None = None,
        event_id: UUID | None = None,
        time: datetime | None = None,
        clock_offset_s: float | None = None,
        original: UUID | None = None,
    ) -> bytes:
        sequence = len(self.bodies) + 1
        event = new_event(
            data,
            event_id=event_id or uuid7(),
            source=source_of(self.name, self.device if device else None),
            time=time or START + timedelta(seconds=sequence),
            stream=self.stream,
            sequence=sequence,
            previous_hash=previous or self.head,
            clock_offset_s=clock_offset_s,
            original_id=original,
        )
        self.bodies.append(codec.encode(event))
        return self.bodies[-1]

    def again(self, body: bytes) -> bytes:
        """Record what `body` says once more, as a spool does in a new stream."""
        event = codec.decode(body)
        device = event.device is not None
        return self.add(event.data, device=device, time=event.time, original=event.originalid or event.id)

    def copy(self, through: int) -> "ChainedStation":
        """Return an older state of the same spool: the numbers of its next events may be taken."""
        return ChainedStation(self.name, self.device, self.stream, self.key, self.bodies[:through])

    def checkpoint(self, *, key: Ed25519PrivateKey | None = None) -> bytes:
        """Add a checkpoint over all events made so far."""
        return self.add(chain.sign(key or self.key, self.stream, len(self.bodies), self.head), device=False)
