"""Rules: what happened -> what people must know. Pure.

One alert for what belongs together: signals of one key join while an alert of that key is open or acknowledged. A
failed test's key is station, device, sample, food, item and day, because devices begin to count anew: a sample "1" of
tomorrow must never hide behind an alert of today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from ingest.accept import Refused
from ingest.heads import Head
from ingest.verdict import Judged
from ingest.work import Place
from storage.signals import Signal
from wire.cameras import FINDINGS
from wire.clocks import TOLERANCE_S
from wire.codec import Reason
from wire.kinds import Received
from wire.kinds.agent import AgentEvent, Damaged
from wire.kinds.camera import CameraEvent
from wire.kinds.envelope import NotUnderstood
from wire.kinds.probe import ProbeEvent
from wire.kinds.sample import SampleV1
from wire.said import Said
from wire.terms import Comparison, Rule, Severity, Verdict

_NAMED_HOLES = 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """The stream that a station had before a new one, and what the station said was still in its spool."""

    stream: UUID
    through: int
    highest: int
    waiting: int


def on_result(judged: Judged) -> list[Signal]:
    """Return the signals of failed tests, of verdicts that disagree, and of retests, which join the alert of the test
    that they repeat, whatever they say. Controls and blanks belong to the run: they are never samples."""
    data = judged.event.data
    device_verdict = data.device_verdict
    is_failed = judged.verdict is Verdict.FAIL
    if not judged.is_sample:
        return []
    signals = []
    if is_failed or data.is_retest:
        signals.append(_of_result(judged, Rule.FAILED_TEST, Severity.CRITICAL, opens=is_failed))
    if (
        device_verdict is not None
        and device_verdict is not judged.decided
        and Verdict.UNDETERMINED not in (device_verdict, judged.decided)
    ):
        signals.append(_of_result(judged, Rule.VERDICTS_DISAGREE, Severity.WARNING))
    return signals


def on_damage(event: AgentEvent, named: Sequence[Damaged]) -> Signal:
    """Signal recorded events that a station's own disk has changed. Only a person can read anything in them, and a
    failed test may be among them."""
    numbers = [damage.sequence for damage in named]
    return Signal(
        rule=Rule.SPOOL_DAMAGED,
        key=f"{Rule.SPOOL_DAMAGED}/{event.stream}",
        severity=Severity.CRITICAL,
        station=event.station,
        subject=", ".join(str(number) for number in numbers[:_NAMED_HOLES]),
        note=Said("damaged", detail=event.data.detail[:1000]),
        event=event.id,
        facts={"stream": str(event.stream), "sequences": numbers},
    )


def _of_result(judged: Judged, rule: Rule, severity: Severity, *, opens: bool = True) -> Signal:
    event, data, station = judged.event, judged.event.data, judged.station
    says = data.device_verdict.value if data.device_verdict else ""
    named = (data.sample.commodity, data.item_name or data.item, data.sample.number)
    return Signal(
        rule=rule,
        key=f"{rule}/{station}/{judged.sample}/{data.item}/{judged.day}",
        severity=severity,
        station=station,
        subject=" ".join(filter(None, named)),
        note=Said("result", verdict=judged.verdict.value, value=data.value_text or data.value, unit=data.unit),
        device=judged.device,
        item=data.item,
        sample=data.sample.number,
        commodity=data.sample.commodity,
        stall=data.sample.stall,
        vendor=data.sample.vendor,
        supplier=data.sample.supplier,
        event=event.id,
        facts={
            "value": data.value,
            "value_text": data.value_text,
            "unit": data.unit,
            "verdict": judged.verdict.value,
            "decided_verdict": judged.decided.value,
            "device_verdict": says,
            "decided_by": judged.limit,
            **_bound(judged),
            "is_retest": data.is_retest,
            **_origin_of(data.sample),
        },
        opens=opens,
        at=judged.moment.at,
    )


def _origin_of(sample: SampleV1) -> dict[str, str]:
    """Return whose goods they are, as far as the result itself says."""
    said = {name: getattr(sample, name) for name in ("stall", "vendor", "supplier", "lot", "origin_place")}
    return {name: value for name, value in said.items() if value}


def _bound(judged: Judged) -> Mapping[str, Any]:
    """Return the limit that decided, as the messages say it."""
    limit = judged.bound
    if limit is None:
        return {}
    return {"bound": f"{limit.comparison.value} {limit.value:g} {limit.unit}".strip(), "standard": limit.standard}


def on_camera(event: CameraEvent, station: str, device: str) -> Signal | None:
    """Signal a camera that saw a scene that somebody must look at: one alert an episode, resolved when the camera says
    that it is over. A start that never came is made up for by an update. The station is in the key: an episode's own
    key is the station's word, and may be another's."""
    data = event.data
    if data.kind not in FINDINGS:
        return None
    rule = Rule.CAMERA_FINDING
    return Signal(
        rule=rule,
        key=f"{rule}/{station}/{data.key}",
        severity=Severity.WARNING,
        station=station,
        subject=" ".join(filter(None, (device, data.kind, data.zone))),
        note=Said("camera", phase=data.phase, kind=data.kind),
        device=device,
        item=data.kind,
        event=event.id,
        facts={"kind": data.kind, "zone": data.zone, "key": str(data.key), "evidence": dict(data.evidence)},
        opens=data.phase != "end",
        ends=data.phase == "end",
    )


def on_probe_lost(place: Place, event: ProbeEvent, *, is_lost: bool, at: datetime) -> Signal:
    """Signal a probe that brings no values, or that it does again."""
    data = event.data
    said = {"quantity": data.quantity, "channel": data.channel, "state": data.state.value, "reason": data.reason}
    return _of_probe(
        Rule.PROBE_LOST,
        place,
        Severity.WARNING,
        note=Said("probe_lost", **said) if is_lost else Said("probe_back", quantity=data.quantity),
        event=event.id,
        facts={**said, "value": data.value, "unit": data.unit},
        is_on=is_lost,
        at=at,
    )


def on_gone(place: Place, *, at: datetime, event: UUID | None = None) -> Sequence[Signal]:
    """Signal the end of whatever is told of a probe that is not there any more."""
    return [
        _of_probe(rule, place, Severity.INFO, note=Said("gone"), event=event, facts={}, is_on=False, at=at)
        for rule in (Rule.OUT_OF_RANGE, Rule.PROBE_LOST)
    ]


def on_limit_ended(place: Place, *, at: datetime) -> Signal:
    """Signal that the limit which a value broke holds no more."""
    note = Said("limit_ended", quantity=place[2])
    return _of_probe(Rule.OUT_OF_RANGE, place, Severity.INFO, note=note, event=None, facts={}, is_on=False, at=at)


def on_range(
    place: Place,
    event: UUID | None,
    *,
    value: float | None,
    unit: str,
    bound: tuple[Comparison, float] | None,
    lasted_s: float,
    is_out: bool,
    at: datetime,
) -> Signal:
    """Signal a continuous value that is out of its range for too long, or back in it. `bound`: what it lies beyond."""
    facts = {
        "quantity": place[2],
        "value": value,
        "unit": unit,
        "bound": f"{bound[0].value} {bound[1]:g}" if bound else "",
        "minutes": round(lasted_s / 60),
    }
    back = "back_after" if lasted_s else "back_in_range"  # an agent that began anew does not know for how long
    return _of_probe(
        Rule.OUT_OF_RANGE,
        place,
        Severity.CRITICAL,
        note=Said("out_of_range" if is_out else back, **facts),
        event=event,
        facts=facts,
        is_on=is_out,
        at=at,
    )


def _of_probe(
    rule: Rule,
    place: Place,
    severity: Severity,
    *,
    note: Said,
    event: UUID | None,
    facts: Mapping[str, Any],
    is_on: bool,
    at: datetime,
) -> Signal:
    station, device, quantity, channel = place
    name = quantity if channel < 0 else f"{quantity} {channel}"
    return Signal(
        rule=rule,
        key=f"{rule}/{station}/{device}/{quantity}/{channel}",
        severity=severity,
        station=station,
        subject=f"{device} {name}"[:200],
        note=note,
        device=device,
        item=quantity,
        event=event,
        facts=facts,
        opens=is_on,
        ends=not is_on,
        at=at,
    )


def on_clock(event: Received, station: str, received_at: datetime) -> Signal:
    """Signal a time that is not believed (wire.clocks): one alert a station, however many events carry such a time. The
    sweep ends it (ingest/station_clocks.py)."""
    offset_s = event.clockoffset
    is_said = offset_s is not None and abs(offset_s) > TOLERANCE_S
    came = received_at.isoformat()
    said = (
        Said("clock_off", offset_s=round(offset_s or 0), received_at=came)
        if is_said
        else Said("clock_said", station_time=event.time.isoformat(), received_at=came)
    )
    return Signal(
        rule=Rule.STATION_CLOCK,
        key=f"{Rule.STATION_CLOCK}/{station}",
        severity=Severity.WARNING,
        station=station,
        subject=f"{station} {said}"[:200],
        note=said,
        event=event.id,
        facts={
            "station_time": event.time.isoformat(),
            "received_at": received_at.isoformat(),
            "offset_s": offset_s if is_said else None,
        },
        joins=False,
    )


def on_not_understood(event: NotUnderstood, station: str) -> Signal:
    """Report events that wait for the centre's upgrade: a failed test may be among them. One alert a station; it ends
    when all of them are understood (ingest/pending.py)."""
    return Signal(
        rule=Rule.NOT_UNDERSTOOD,
        key=f"{Rule.NOT_UNDERSTOOD}/{station}",
        severity=Severity.WARNING,
        station=station,
        subject=f"{station} {event.type}"[:200],
        note=Said("not_understood", type=event.type, why=event.why[:500]),
        event=event.id,
        facts={"type": event.type, "why": event.why[:200]},
        joins=False,
    )


def on_break(head: Head, sequences: Sequence[int]) -> Signal:
    """Report links that do not hold: events that do not name the hash of the one before them."""
    first, more = sequences[0], len(sequences) - 1
    return _of_stream(
        head,
        Rule.STREAM_BROKEN,
        Severity.CRITICAL,
        note=Said("links" if more else "link", sequence=first, before=first - 1, more=more),
        facts={"sequence": first, "kind": "link", "breaks": len(sequences)},
    )


def on_flaw(head: Head, sequences: Sequence[int], flaw: str, *, is_new: bool) -> Signal:
    """Report checkpoints that do not prove what they should. `is_new`: the stream did not show this flaw before."""
    first, more = sequences[0], len(sequences) - 1
    signal = _of_stream(
        head,
        Rule.STREAM_BROKEN,
        Severity.CRITICAL,
        note=Said("checkpoints" if more else "checkpoint", sequence=first, flaw=flaw, more=more),
        facts={"sequence": first, "kind": flaw, "breaks": len(sequences)},
    )
    return replace(signal, joins=is_new)


def on_refusal(refused: Refused) -> Signal | None:
    """Signal another body under a number that is taken, or an event that was sent under a second number or stream."""
    if refused.stream is None or refused.reason not in (Reason.FORKED, Reason.REPLAYED):
        return None
    if refused.is_other_event:  # a station that writes a number twice has its own rules: ingest/lineage.py
        return None
    head = Head(refused.stream, refused.station)
    rule = Rule.STREAM_FORKED if refused.reason is Reason.FORKED else Rule.STREAM_REPLAYED
    note = Said("refused", sequence=refused.sequence, detail=refused.detail, kind=refused.reason.value)
    facts = {"sequence": refused.sequence, "kind": refused.reason.value, "hash": refused.hash.hex()}
    return _of_stream(head, rule, Severity.CRITICAL, note=note, facts=facts)


def on_gap(head: Head, holes: Sequence[tuple[int, int]], now: datetime) -> Signal:
    """Signal numbers that have not come while later ones have."""
    named = [str(first) if first == last else f"{first}-{last}" for first, last in holes[:_NAMED_HOLES]]
    facts = {
        "missing": named,
        "through": head.through,
        "highest": head.highest,
        "seconds": round((now - head.gap_since).total_seconds()) if head.gap_since else None,
    }
    note = Said("missing_more" if len(holes) > _NAMED_HOLES else "missing", missing=named)
    return _of_stream(head, Rule.STREAM_GAP, Severity.WARNING, note=note, facts=facts)


def on_new_stream(stream: UUID, station: str, before: Earlier) -> Signal:
    """Signal that a spool was made anew. Louder when the old one still held an event that never came."""
    lost = before.highest > before.through or before.waiting > 0
    severity = Severity.WARNING if lost else Severity.INFO
    facts = {
        "before": str(before.stream),
        "through": before.through,
        "highest": before.highest,
        "waiting": before.waiting,
    }
    code = "replaced_waiting" if lost else "replaced"
    note = Said(code, before=str(before.stream), highest=before.highest, waiting=before.waiting)
    return _of_stream(Head(stream, station), Rule.STREAM_REPLACED, severity, note=note, facts=facts)


def on_older_copy(station: str, note: Said, facts: Mapping[str, Any], event: UUID | None) -> Signal:
    """Report a spool that is an older state of itself: a backup put back, a log that was lost."""
    return _of_spool(Rule.SPOOL_OLDER_COPY, station, note, facts, event)


def on_two_boxes(station: str, note: Said, facts: Mapping[str, Any], event: UUID | None, *, joins: bool) -> Signal:
    """Report two boxes that are one station. They show it with every event: only what else is new `joins`."""
    return replace(_of_spool(Rule.TWO_BOXES, station, note, facts, event), joins=joins, opens=not joins)


def _of_spool(rule: Rule, station: str, note: Said, facts: Mapping[str, Any], event: UUID | None) -> Signal:
    return Signal(
        rule=rule,
        key=f"{rule}/{station}",
        severity=Severity.CRITICAL,
        station=station,
        subject=f"{station} {note}"[:200],
        note=note,
        event=event,
        facts=facts,
    )


def on_salvage(key: str, station: str, event: AgentEvent) -> Signal:
    """Report that a spool put aside was read: what its alert said to wait is recorded again, or cannot be read."""
    data = event.data
    return Signal(
        rule=Rule.STREAM_REPLACED,
        key=key,
        severity=Severity.INFO,
        station=station,
        subject=f"{station} {data.detail}"[:200],
        note=Said("salvaged", rerecorded=data.rerecorded, unreadable=data.unreadable),
        event=event.id,
        facts={"waiting": data.unreadable, "salvaged": data.rerecorded, "unreadable": data.unreadable},
        opens=False,
        ends=data.unreadable == 0,
    )


def on_media_lost(event: AgentEvent) -> Signal:
    """Report pictures and clips that a station deleted, and that never reached this centre."""
    data, station = event.data, event.station
    return Signal(
        rule=Rule.MEDIA_LOST,
        key=f"{Rule.MEDIA_LOST}/{station}",
        severity=Severity.WARNING,
        station=station,
        subject=f"{station} {data.detail}"[:200],
        note=Said("media_lost", lost=data.lost, detail=data.detail[:1000]),
        event=event.id,
        facts={"lost": data.lost, "detail": data.detail[:200]},
    )


def on_centre_behind(event: AgentEvent) -> Signal:
    """Report that this centre had lost what it had receipted (a backup was put back, a replica was behind): the station
    has sent again what it still keeps. Louder when some of it is gone."""
    data, station = event.data, event.station
    code = "centre_behind_lost" if data.lost else "centre_behind"
    note = Said(code, resent=data.resent, lost=data.lost, detail=data.detail[:1000])
    return Signal(
        rule=Rule.CENTRE_BEHIND,
        key=f"{Rule.CENTRE_BEHIND}/{station}",
        severity=Severity.CRITICAL if data.lost else Severity.WARNING,
        station=station,
        subject=f"{station} {note}"[:200],
        note=note,
        event=event.id,
        facts={"stream": str(event.stream), "through": data.through, "sent_again": data.resent, "lost": data.lost},
    )


def over(rule: Rule, key: str, station: str, note: Said) -> Signal:
    """End what another signal tells better."""
    return Signal(rule, key, Severity.INFO, station, station, note, opens=False, ends=True)


def _of_stream(
    head: Head, rule: Rule, severity: Severity, *, note: Said, facts: Mapping[str, Any], event: UUID | None = None
) -> Signal:
    return Signal(
        rule=rule,
        key=f"{rule}/{head.stream}",
        severity=severity,
        station=head.station,
        subject=f"{head.station} {note}"[:200],
        note=note,
        event=event,
        facts={"stream": str(head.stream), **facts},
    )
