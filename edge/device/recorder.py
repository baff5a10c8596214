"""Turns a Reading into a ResultV1 or ReadingV1 and then the draft of an event. Pure but for the memory of continuous
values.

Every reading becomes an event or, if it cannot, a dead letter; no reading raises an error.

Texts are cut to the bounds of the wire, and the event then carries the flag `cut:<field>`. The bytes are kept as well.

edge/device/identity.py tells which test a reading is, and how surely. A reading that nothing names is a new test each
time (flag `no_identity`), unless the decoder names its transfer or it lies in the device's memory: then the intake
recognises it (edge/device/resends.py).

A continuous value is no test and becomes a ReadingV1, when the profile's rate lets it (edge/device/thinning.py). One
that could not be read becomes nothing here: its probe is in trouble (edge/device/probes.py). A value that a device kept
in its memory (it has a record or a time) is history: never thinned, and recognised by its identity."""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from edge.device.identity import Identity, Strength, identify
from edge.device.thinning import Thinning
from edge.samples.finding import Found, Test
from edge.samples.tables import Table
from edge.spool.rows import DeadLetter, Draft
from firmware_adapters.contract import Reading
from wire.events import source_of
from wire.kinds.envelope import MAX_FLAGS
from wire.kinds.reading import ReadingV1
from wire.kinds.result import NO_IDENTITY, Limit, ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import Lane, Role, Verdict
from wire.verdicts import AnalyteLimit, LimitTable, effective

_RAW = 16384 // 4 * 3
# 32 flags of 64 characters: with every text at its bound and escaped, an event still fits into 64 KiB.
_FLAGS = MAX_FLAGS
_FLAG = 64


@dataclass(frozen=True, slots=True)
class Origin:
    """The device that the readings come from. `serial` is the configured one; a reading's own wins."""

    station: str
    device: str
    adapter: str
    profile: str
    serial: str
    zone: ZoneInfo

    @property
    def source(self) -> str:
        return source_of(self.station, self.device)


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft with the edge's judgement. `is_failed`: ring, and send it first. `transfer` names the transfer of a
    result that nothing else names; `kept` names a record of the device's memory."""

    draft: Draft
    result: ResultV1
    is_failed: bool
    transfer: str = ""
    kept: str = ""


class Recorder:
    """A maker of drafts from the readings of one device."""

    def __init__(
        self,
        origin: Origin,
        limits: tuple[AnalyteLimit, ...],
        new_id: Callable[[], UUID],
        knows_day: Callable[[], bool] = lambda: True,
        *,
        find: Callable[[Test], Found | None] = lambda _: None,
        tables: Callable[[], Table] | None = None,
    ) -> None:
        """Build a recorder. `knows_day`: whether the `now` of `judge` is known to be of today. `find` finds the sample
        of a test; `tables` returns the limit table that is in force, in place of `limits`."""
        self._origin = origin
        shipped = Table("", LimitTable(limits))
        self._tables = tables or (lambda: shipped)
        self._find = find
        self._new_id = new_id
        self._knows_day = knows_day
        self._thinning = Thinning()

    def judge(self, reading: Reading, now: datetime, *, is_alone: bool = False) -> Judged | Draft | DeadLetter | None:
        """Return a result, a continuous value, a dead letter, or None for a continuous value that is not worth an
        event.

        `now` is UTC; it chooses the day of the limit table, and spaces continuous values. `is_alone`: the message has
        no other result for its item."""
        if reading.continuous and (
            _finite(reading.value) is None or (not _is_history(reading) and not self._thinning.is_due(reading, now))
        ):
            return None
        cut = _Cut()
        try:
            if reading.continuous:
                return self._sample(reading, cut, now)
            identity = self._identify(reading, now)
            found = self._sample_of(reading, is_alone=is_alone) if reading.role is Role.SAMPLE else None
            result, decided = self._decided(self._result(reading, cut, identity, found), now)
        except (ValidationError, ValueError, OverflowError) as exc:
            return DeadLetter(self._origin.device, "not_an_event", reading.raw, reading.offset, str(exc)[:500])
        is_failed = reading.role is Role.SAMPLE and Verdict.FAIL in (decided, result.device_verdict)
        lane = Lane.URGENT if is_failed else Lane.NORMAL
        draft = Draft(
            result,
            self._origin.source,
            lane,
            result.identity,
            identity.likeness,
            is_kept=reading.is_kept,
            tie=found.tie if found else None,
            verdict=Verdict.FAIL if is_failed else effective(decided, result.device_verdict),
        )
        is_named = identity.strength is Strength.STRONG
        return Judged(
            draft,
            result,
            is_failed,
            transfer="" if is_named else reading.transfer,
            kept=identity.name if reading.is_kept else "",
        )

    def _sample(self, reading: Reading, cut: "_Cut", now: datetime) -> Draft:
        data = ReadingV1(
            quantity=cut.text("item", reading.item, 200) or "unknown",
            value=reading.value or 0.0,
            unit=cut.text("unit", reading.unit, 32),
            channel=reading.channel,
            measured_at=self._utc(reading.measured_at),
        )
        identity = self._identify(reading, now)
        return Draft(data, self._origin.source, identity=None if identity.strength is Strength.OWN else identity.value)

    def _sample_of(self, reading: Reading, *, is_alone: bool) -> Found | None:
        return self._find(
            Test(
                device=self._origin.device,
                item=reading.item,
                said=reading.sample_number,
                channel=reading.channel,
                run=reading.run,
                is_alone=is_alone,
            )
        )

    def _decided(self, result: ResultV1, now: datetime) -> tuple[ResultV1, Verdict]:
        """Return the result with the verdict of the station's limit table, and that verdict."""
        # The day of the agent, as the centre does: an analyzer's clock may stand at 2000.
        table = self._tables()
        decided = table.limits.decide(result, now.astimezone(self._origin.zone).date()).verdict
        if table.version and result.value is not None:
            result = result.model_copy(update={"limits_version": table.version, "station_verdict": decided})
        return result, decided

    def _result(self, reading: Reading, cut: "_Cut", identity: Identity, found: Found | None) -> ResultV1:
        text = cut.text
        if identity.strength is Strength.OWN:
            cut.marks.append(NO_IDENTITY)
        limit = reading.limit
        fields = {
            "adapter": text("adapter", self._origin.adapter, 200),
            "profile": text("profile", self._origin.profile, 200),
            "item": text("item", reading.item, 200) or "unknown",
            "item_name": text("item_name", reading.item_name, 200),
            "role": reading.role,
            "sample": _filled(
                text("sample_number", reading.sample_number, 200),
                text("commodity", reading.commodity, 200),
                found.sample if found else None,
            ),
            "run": text("run", reading.run, 200),
            "channel": reading.channel,
            "record": text("record", reading.record, 200),
            "method": text("method", reading.method, 200),
            "standard": text("standard", reading.standard, 200),
            "value": _finite(reading.value),
            "value_text": text("value_text", reading.value_text, 2000),
            "unit": text("unit", reading.unit, 32),
            "limit": limit
            and Limit(
                comparison=limit.comparison,
                value=limit.value,
                unit=text("limit_unit", limit.unit, 32),
                standard=text("limit_standard", limit.standard, 200),
            ),
            "device_verdict": reading.verdict,
            "measured_at": self._utc(reading.measured_at),
            "measured_at_text": text("measured_at_text", reading.measured_at_text, 64),
            "operator": text("operator", reading.operator, 200),
            "is_retest": reading.is_retest or (found is not None and found.is_retest),
            "raw": cut.raw(reading.raw),
        }
        return ResultV1.model_validate({**fields, "identity": identity.value, "flags": cut.flags(reading)})

    def utc(self, local: datetime) -> datetime:
        """Return the moment that a clock in the district shows."""
        return local.replace(tzinfo=self._origin.zone).astimezone(UTC)

    def kept_name(self, reading: Reading, now: datetime) -> str:
        """Return the name of a record of the device's memory, as `Judged.kept`."""
        return self._identify(reading, now).name

    def nearest(self, measured_at: datetime, to: datetime) -> datetime:
        """Return the moment nearest to `to` that `measured_at` may mean.

        Midnight to the second is how a tester writes a day without a time of day, and then it may be any moment of that
        day."""
        local = measured_at.astimezone(self._origin.zone)
        if (local.hour, local.minute, local.second) != (0, 0, 0):
            return measured_at
        return max(measured_at, min(to, measured_at + timedelta(days=1)))

    def _utc(self, local: datetime | None) -> datetime | None:
        try:
            return local and self.utc(local)
        except OverflowError:  # year 1 or 9999: the text says it, and the test counts
            return None

    def _identify(self, reading: Reading, now: datetime) -> Identity:
        device, serial = f"{self._origin.station}/{self._origin.device}", reading.device_serial or self._origin.serial
        day = now.astimezone(self._origin.zone).date() if self._knows_day() else None
        return identify(reading, device, serial, day, self._new_id)


class _Cut:
    """A fitter of texts to the wire's bounds. It remembers which had to be cut."""

    def __init__(self) -> None:
        self.marks: list[str] = []

    def text(self, name: str, value: str, most: int) -> str:
        """Return at most `most` characters; characters that UTF-8 or PostgreSQL cannot hold (lone surrogates, NUL) are
        replaced."""
        if len(value) <= most and value.isprintable():
            return value
        clean = value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        if len(clean) > most or clean != value:
            self.marks.append(f"cut:{name}")
        return clean[:most]

    def raw(self, data: bytes) -> str:
        if len(data) > _RAW:
            self.marks.append("cut:raw")
        return base64.b64encode(data[:_RAW]).decode()

    def flags(self, reading: Reading) -> tuple[str, ...]:
        """Return the device's own flags, then ours; when there are too many, the device's give way."""
        theirs = [self.text("flags", flag, _FLAG) for flag in reading.flags if flag]
        ours = list(dict.fromkeys(self.marks))
        return tuple(theirs[: _FLAGS - len(ours)] + ours)


def _filled(number: str, commodity: str, registered: SampleV1 | None) -> SampleV1:
    """Return the sample as the device says it, with whose goods it is where that was registered: a failed test that
    goes first names them by itself, and the limits are those of the food."""
    if registered is None:
        return SampleV1(number=number, commodity=commodity)
    names = ("stall", "vendor", "supplier", "lot", "origin_place")
    said = {name: getattr(registered, name) for name in names}
    return SampleV1(number=number, commodity=commodity or registered.commodity, key=registered.key, **said)


def _is_history(reading: Reading) -> bool:
    return bool(reading.record or reading.measured_at_text)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
