"""Decides which troubles of a device's probes are worth an event. Pure but for its memory.

A probe is a quantity on a channel of the device. It is well while values come. It is

    failing       an answer came without a value: an exception, a code for "not available"
    silent        nothing came: no answer to a request, or no value for `silent_s`
    out_of_range  the value was beyond a limit for the limit's time

A failing or silent probe is reported once that has lasted `SETTLE_S`, and its end likewise. Every report doubles that
time, and ten calm minutes bring it back (edge/device/presence.py): a loose plug makes a handful of events. While
nothing can be read, nobody knows that the value came back into its range, so that time counts as out of range.

The memory ends with the agent. So the first time that a probe is well in every respect is an event too (`ok`): it ends
whatever an agent before this one had reported.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from edge.device.presence import Presence
from edge.ranges import SiteBounds
from firmware_adapters.continuous import Bounds, Continuous
from firmware_adapters.contract import Missed, Reading
from wire.kinds.probe import ProbeLimit, ProbeV1
from wire.patience import BACK_S, next_patience
from wire.terms import Comparison, ProbeState
from wire.verdicts import is_violated

SETTLE_S = 10.0
_LONGEST_S = 600.0
_SILENT_S = 60.0
_GAPS = 4.0
# A profile names a handful of quantities; one that takes its items from the line must not fill the memory.
_MOST = 1000


@dataclass(slots=True)
class _Open:
    """A trouble that was reported."""

    key: UUID
    state: ProbeState
    since: float
    limit: ProbeLimit | None = None


@dataclass(slots=True)
class _Probe:
    """State of one probe. `heard_at`: its last value, or the beginning of the conversation. `gap_s`: how far
    its values lie apart."""

    quantity: str
    channel: int | None
    rule: Continuous
    limits: tuple[ProbeLimit, ...]
    heard_at: float
    presence: Presence = field(default_factory=lambda: Presence(SETTLE_S, longest_s=_LONGEST_S, reported=True))
    gap_s: float = 0.0
    is_known: bool = False
    value: float | None = None
    unit: str = ""
    trouble: ProbeState | None = None
    trouble_since: float = 0.0
    reason: str = ""
    told: _Open | None = None
    beyond: ProbeLimit | None = None
    beyond_since: float = 0.0
    back_since: float | None = None
    out: _Open | None = None
    patience_s: float = BACK_S
    ended_at: float = -math.inf
    well_since: float | None = None
    is_ok_told: bool = False

    @property
    def silent_after_s(self) -> float:
        """Return the time after which no value is silence. Its pace shows with the second value."""
        if self.rule.silent_s is not None:
            return self.rule.silent_s
        return max(_SILENT_S, _GAPS * self.gap_s) if self.gap_s else math.inf


class Probes:
    """The probes of one device. Times are seconds of a clock that never goes back."""

    def __init__(
        self,
        new_id: Callable[[], UUID],
        site: Sequence[SiteBounds] = (),
        know: Callable[[str, int | None], None] = lambda _quantity, _channel: None,
    ) -> None:
        """Build them. `know`: called with each probe that is read for the first time."""
        self._new_id = new_id
        self._site = site
        self._know = know
        self._probes: dict[tuple[str, int | None], _Probe] = {}

    def begin(self, now: float) -> None:
        """Note that a conversation begins. The time without a link is no silence of a probe: the device says that."""
        for probe in self._probes.values():
            probe.heard_at = now

    def read(self, reading: Reading, now: float) -> Iterator[ProbeV1]:
        """Take a look at a continuous value."""
        assert reading.continuous is not None, "only a continuous value has a probe"
        probe = self._find(reading.item, reading.channel, reading.continuous, now)
        if reading.value is None or not math.isfinite(reading.value):
            self._note(probe, ProbeState.FAILING, " ".join(reading.flags) or reading.value_text, now)
        else:
            # The longest of the last gaps, forgotten slowly.
            probe.gap_s = max(0.9 * probe.gap_s, now - probe.heard_at) if probe.is_known else probe.gap_s
            probe.heard_at, probe.is_known = now, True
            probe.value, probe.unit, probe.trouble = reading.value, reading.unit, None
            yield from self._hold(probe, reading.value, now)
        yield from self._settle(probe, now)

    def missed(self, missed: Missed, now: float) -> Iterator[ProbeV1]:
        """Take a request that brought no value."""
        probe = self._find(missed.item, missed.channel, missed.continuous, now)
        self._note(probe, ProbeState.SILENT if missed.is_silent else ProbeState.FAILING, missed.reason, now)
        yield from self._settle(probe, now)

    def tick(self, now: float) -> Iterator[ProbeV1]:
        """Look at the time. Call often while the link is open."""
        for probe in self._probes.values():
            if probe.trouble is None and probe.is_known and now - probe.heard_at > probe.silent_after_s:
                self._note(probe, ProbeState.SILENT, "no value", now)
                probe.trouble_since = probe.heard_at
            yield from self._settle(probe, now)

    def _find(self, quantity: str, channel: int | None, rule: Continuous, now: float) -> _Probe:
        key = (quantity, channel)
        if key not in self._probes:
            # Forget the one that came first: dicts keep the order of insertion.
            if len(self._probes) >= _MOST:
                del self._probes[next(iter(self._probes))]
            self._probes[key] = _Probe(quantity, channel, rule, self._limits(quantity, channel, rule), now)
            self._know(_named(quantity), channel)
        return self._probes[key]

    def _limits(self, quantity: str, channel: int | None, rule: Continuous) -> tuple[ProbeLimit, ...]:
        site = [one for one in self._site if one.quantity == quantity and one.channel in (None, channel)]
        # A row for this very channel comes before one for all.
        bounds: Bounds = max(site, key=lambda one: one.channel is not None).bounds if site else rule
        found = []
        if bounds.above is not None:
            found.append(ProbeLimit(comparison=Comparison.ABOVE, value=bounds.above, for_s=bounds.for_s))
        if bounds.below is not None:
            found.append(ProbeLimit(comparison=Comparison.BELOW, value=bounds.below, for_s=bounds.for_s))
        return tuple(found)

    def _note(self, probe: _Probe, trouble: ProbeState, reason: str, now: float) -> None:
        if probe.trouble is None:
            probe.trouble_since = now
        probe.trouble, probe.reason = trouble, reason[:200]

    def _settle(self, probe: _Probe, now: float) -> Iterator[ProbeV1]:
        """Report a trouble that has lasted, or the end of one."""
        report = probe.presence.see(probe.trouble is None, now)
        if report is False and probe.trouble is not None and probe.told is None:
            probe.told = _Open(self._new_id(), probe.trouble, probe.trouble_since)
            yield self._event(probe, probe.told, "start", now, probe.reason)
        elif report and probe.told is not None:
            yield self._event(probe, probe.told, "end", now)
            probe.told = None
        if probe.trouble is not None or probe.beyond is not None:
            probe.well_since = None
        elif probe.well_since is None:
            probe.well_since = now
        is_well = probe.well_since is not None and now - probe.well_since >= SETTLE_S
        if is_well and not probe.is_ok_told and probe.told is None and probe.out is None:
            probe.is_ok_told = True
            yield self._event(probe, _Open(self._new_id(), ProbeState.OK, now), "end", now)

    def _hold(self, probe: _Probe, value: float, now: float) -> Iterator[ProbeV1]:
        """Hold a value against the limits."""
        broken = next((limit for limit in probe.limits if is_violated(value, limit.comparison, limit.value)), None)
        # From too warm to too cold at once is out of range all the time, as at the centre: no look found it within.
        if broken is not None and probe.beyond is None and probe.out is None:
            probe.beyond_since = now
        probe.beyond = broken
        if broken is not None:
            probe.back_since = None
            if probe.out is None and now - probe.beyond_since >= broken.for_s:
                probe.out = _Open(self._new_id(), ProbeState.OUT_OF_RANGE, probe.beyond_since, broken)
                probe.patience_s = next_patience(probe.patience_s, now - probe.ended_at)
                yield self._event(probe, probe.out, "start", now)
        elif probe.out is not None:
            probe.back_since = now if probe.back_since is None else probe.back_since
            if now - probe.back_since >= probe.patience_s:
                yield self._event(probe, probe.out, "end", now)
                probe.out, probe.back_since, probe.ended_at = None, None, now

    def _event(self, probe: _Probe, trouble: _Open, phase: str, now: float, reason: str = "") -> ProbeV1:
        return ProbeV1.model_validate(
            {
                "key": trouble.key,
                "phase": phase,
                "state": trouble.state,
                "quantity": _named(probe.quantity),
                "channel": probe.channel,
                "reason": reason,
                "value": probe.value,
                "unit": probe.unit[:32],
                "lasted_s": round(max(0.0, now - trouble.since), 1),
                "limit": trouble.limit,
            }
        )


def _named(quantity: str) -> str:
    """Return a quantity as events have it."""
    return quantity[:200] or "unknown"
