"""The rules on what a station says about itself: (status, thresholds, now) -> conditions. Pure.

Nobody can tell how the devices of a station are that is offline, or whose `online` is stale: their conditions stay as
they were. And nobody can tell whether a station is offline before ingest itself has listened for as long as a status
stays fresh: after an outage of the broker every station looks silent for half a minute.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.thresholds import CertificateEnds, Rate, StationThresholds, Watched
from storage.watch import Condition
from wire.said import Said
from wire.status import CertificateStatus, DeviceStatus, Status
from wire.terms import Rule

RULES = (
    Rule.STATION_OFFLINE,
    Rule.STATION_WAITING,
    Rule.STATION_FULL,
    Rule.EVENTS_REFUSED,
    Rule.CERTIFICATE_ENDS,
    Rule.DEAD_LETTERS,
    Rule.REPEATS,
    Rule.DEVICE_OFFLINE,
    Rule.DEVICE_SILENT,
    Rule.CAMERA_UNTRUSTED,  # cameras.py
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A station as the centre knows it: `received_at` and `last_event_at` by the database's clock. `status`: the newest
    that it said while it was online."""

    station: str
    received_at: datetime
    state: str
    status: Status
    last_event_at: datetime | None = None


def conditions(
    stations: Iterable[Seen], thresholds: StationThresholds, now: datetime, listening_since: datetime | None
) -> list[Condition]:
    """Return the conditions of every station and device, those that are well included. `listening_since`: None while
    nobody hears."""
    fresh_for = timedelta(seconds=thresholds.station_offline.stale_s)
    is_heard = listening_since is not None and now - listening_since >= fresh_for
    found: list[Condition] = []
    for seen in stations:
        is_fresh = seen.state == "online" and now - seen.received_at < fresh_for
        found += _of_station(seen, thresholds, now, is_fresh=is_fresh, is_heard=is_heard)
        for device in seen.status.devices:
            found += _of_device(seen, device, thresholds, is_fresh=is_fresh)
    return [finding for finding in found if _rule(thresholds, finding.rule).is_on]


def _of_station(
    seen: Seen, thresholds: StationThresholds, now: datetime, *, is_fresh: bool, is_heard: bool
) -> Iterator[Condition]:
    status = seen.status
    yield Condition(
        Rule.STATION_OFFLINE,
        thresholds.station_offline,
        False if is_fresh else True if is_heard else None,
        note=Said("online") if is_fresh else Said("no_word", since=seen.received_at.isoformat()),
        station=seen.station,
        facts={"since": seen.received_at.isoformat(), "state": seen.state},
    )
    yield Condition(
        Rule.STATION_WAITING,
        thresholds.station_waiting,
        _is_waiting(seen, thresholds.station_waiting.oldest_s, now) if is_fresh else None,
        note=Said("waiting", count=status.waiting, oldest_s=round(status.oldest_waiting_s)),
        station=seen.station,
        facts={"count": status.waiting, "oldest_s": round(status.oldest_waiting_s)},
        measure=status.oldest_waiting_s or None,
    )
    yield Condition(
        Rule.STATION_FULL,
        thresholds.station_full,
        status.full_since is not None if is_fresh else None,
        note=Said("full", since=status.full_since.isoformat()) if status.full_since else Said("room"),
        station=seen.station,
        facts={"since": status.full_since.isoformat() if status.full_since else None},
    )
    yield Condition(
        Rule.EVENTS_REFUSED,
        thresholds.events_refused,
        status.refused > 0 if is_fresh else None,
        note=Said("kept_back", count=status.refused),
        station=seen.station,
        facts={"count": status.refused},
    )
    # An older station tells an empty one before it has looked; whoever cannot read his own has a failure as well.
    if status.certificate is not None and status.certificate != CertificateStatus():
        yield _certificate(seen, status.certificate, thresholds.certificate_ends, now, is_fresh=is_fresh)


def _certificate(
    seen: Seen, certificate: CertificateStatus, threshold: CertificateEnds, now: datetime, *, is_fresh: bool
) -> Condition:
    """Judge the end of a certificate. A station that cannot read its own has one that ends now."""
    ends_at = certificate.ends_at or now
    ends_soon = ends_at - now < timedelta(days=threshold.days)
    facts = {"ends_at": ends_at.isoformat(), "failures": certificate.failures}
    return Condition(
        Rule.CERTIFICATE_ENDS,
        threshold,
        ends_soon or certificate.failures >= threshold.failures if is_fresh else None,
        note=Said("certificate_until", **facts),
        station=seen.station,
        facts=facts,
    )


def _of_device(
    seen: Seen, device: DeviceStatus, thresholds: StationThresholds, *, is_fresh: bool
) -> Iterator[Condition]:
    is_told = is_fresh and device.is_expected
    letters, repeats = thresholds.dead_letters, thresholds.repeats
    many = letters.an_hour if device.results else min(letters.an_hour, letters.without_results)
    yield _rate(seen, device, Rule.DEAD_LETTERS, letters, device.dead_letters, many=many, is_fresh=is_fresh)
    yield _rate(seen, device, Rule.REPEATS, repeats, device.repeats, many=repeats.an_hour, is_fresh=is_fresh)
    yield Condition(
        Rule.DEVICE_OFFLINE,
        thresholds.device_offline,
        _known(not device.is_open, is_told=is_told or (is_fresh and device.is_open)),
        note=Said("link_up" if device.is_open else "link_down"),
        station=seen.station,
        device=device.name,
    )
    last = device.last_result_at
    yield Condition(
        Rule.DEVICE_SILENT,
        thresholds.device_silent,
        _known(device.is_due, is_told=is_told and device.is_open),
        note=Said("last_result", last_result_at=last.isoformat()) if last else Said("no_result"),
        station=seen.station,
        device=device.name,
        facts={"last_result_at": last.isoformat() if last else None},
    )


def _rate(
    seen: Seen, device: DeviceStatus, rule: Rule, threshold: Rate, count: int, *, many: int, is_fresh: bool
) -> Condition:
    """Judge a rate. Between the two bounds the condition stays as it was."""
    is_on = True if count >= many else False if count < threshold.ends_below else None
    return Condition(
        rule,
        threshold,
        is_on if is_fresh else None,
        note=Said(str(rule), count=count, results=device.results),
        station=seen.station,
        device=device.name,
        facts={"count": count, "results": device.results},
        measure=count if count >= threshold.an_hour else None,
    )


def _known(is_on: bool, *, is_told: bool) -> bool | None:
    return is_on if is_told else None


def _is_waiting(seen: Seen, oldest_s: float, now: datetime) -> bool:
    """Return True when events wait too long. An older agent does not say for how long: then nothing of it may have come
    for so long."""
    if seen.status.oldest_waiting_s or not seen.status.waiting:
        return seen.status.oldest_waiting_s > oldest_s
    return seen.last_event_at is None or now - seen.last_event_at > timedelta(seconds=oldest_s)


def _rule(thresholds: StationThresholds, rule: str) -> Watched:
    found: Watched = getattr(thresholds, rule)
    return found
