"""Which sample each result is of: the newest link and the newest registration hold, whichever came first.

A result, its link and its sample come in any order, by two lanes, again, or years later. Typed rows never change;
`link_now` and `sample_now` (storage/migrations) say what holds. Counts and alerts follow: results of one sample are one
batch, and an alert names the stall, the supplier and the lot.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from ingest.work import Tie, Work
from storage import alerts
from storage.alerts import Step
from storage.named import queries
from storage.retired import Mark
from storage.signals import Signal
from storage.steps import run
from wire.clocks import moment_of
from wire.feed import AlertItem
from wire.kinds import link, sample
from wire.kinds.envelope import Envelope
from wire.kinds.link import LinkEvent
from wire.kinds.sample import SampleEvent
from wire.said import Said
from wire.terms import AlertAction, AlertState, Rule, Severity

_SQL = queries("samples")
_OF_RESULTS = (Rule.FAILED_TEST, Rule.VERDICTS_DISAGREE)
_PIECE = 2000
_Named = set[tuple[str, UUID]]


def settle(work: Work) -> None:
    """Find the results of new links, the links of new results, and the results of samples that changed. Fills
    work.ties; renames work.judged and work.signals; counts anew what was counted under another name."""
    links = [event for event in _events(work) if isinstance(event, LinkEvent)]
    samples = [event for event in _events(work) if isinstance(event, SampleEvent) and event.data.key is not None]
    results = [judged for judged in work.judged if judged.is_sample]
    if not (links or samples or results):
        return
    _lock(work, {event.station for event in (*links, *samples)}, {judged.station for judged in results})
    changed_samples = _keep(work, "keep_samples", samples) if samples else set()
    before = _samples_before(work, links)
    changed = _keep(work, "keep_links", links) if links else set()
    changed |= _join(work)
    if not changed and not changed_samples:
        return
    if changed:
        work.cursor.execute(_SQL["find_results"], _columns(changed, "station", "result"))
    ties = _ties(work, changed, changed_samples)
    fresh = {judged.event.id for judged in work.judged}
    _rename(work, ties)
    moved = [(tie, before.get(said)) for said, tie in ties if tie.event not in fresh and said in changed]
    _recount(work, [(tie, sample) for tie, sample in moved if tie.sample != sample])
    work.ties = [tie for _, tie in ties if tie.event not in fresh]


def tell(work: Work) -> None:
    """Name the sample in alerts that were opened before it was known, or under another one."""
    if not work.ties:
        return
    ties = {tie.event: tie for tie in work.ties}
    rows = work.cursor.execute(_SQL["alerts_of"], {"events": list(ties)}, binary=True).fetchall()
    if not rows:
        return
    told = [ties[row[5]] for row in rows]
    values = {
        "id": [row[0] for row in rows],
        "sample": [tie.number for tie in told],
        **{name: [getattr(tie, name) for tie in told] for name in ("commodity", "stall", "vendor", "supplier")},
        "registered": [tie.sample for tie in told],
        "facts": [json.dumps(tie.facts(), ensure_ascii=False) for tie in told],
    }
    work.cursor.execute(_SQL["name_sample"], values | {"now": work.now}, binary=True)
    steps = []
    for (alert, rule, state, severity, opened_at, _, _), tie in zip(rows, told, strict=True):
        about = " ".join(filter(None, (tie.commodity, tie.stall, tie.vendor, tie.supplier, tie.lot)))
        note = Said("linked", number=tie.number, about=about) if tie.sample else Said("unlinked")
        steps.append(Step(alert, AlertAction.LINKED, note))
        item = AlertItem(
            id=alert,
            rule=rule,
            severity=Severity(severity),
            state=AlertState(state),
            station=tie.station,
            subject=" ".join(filter(None, (tie.commodity, tie.item_name, tie.number)))[:200],
            opened_at=opened_at,
        )
        work.items.append(item.model_dump_json())
    run(work.cursor, alerts.write_steps(work, steps))


def rebuild(connection: psycopg.Connection[Any], marks: Mapping[str, Mark]) -> None:
    """Bring up to date what holds of all samples and links, from their rows. The connection is the owner's. Raises
    psycopg.Error."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_SQL["rebuild_lock"])
        for kind, forget in ((sample.KIND, "forget_samples"), (link.KIND, "forget_links")):
            mark = marks.get(kind.name)
            cursor.execute(_SQL[forget], {"since": mark.before if mark else "-infinity"})
        for name, every in (("keep_samples", "all_samples"), ("keep_links", "all_links")):
            rows = cursor.execute(_SQL[every]).fetchall()
            for piece in _pieces(rows):
                events, times, *_ = zip(*piece, strict=True)
                cursor.execute(_SQL[name], {"events": list(events), "times": list(times)}, binary=True)
        links: list[tuple[Any, ...]] = cursor.execute(_SQL["open_links"]).fetchall()
        for piece in _pieces(links):
            cursor.execute(_SQL["find_results"], _columns(set(piece), "station", "result"))


def _pieces(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    for start in range(0, len(rows), _PIECE):
        yield rows[start : start + _PIECE]


def _events(work: Work) -> Iterable[Envelope]:
    return (accepted.event for accepted in work.effective())


def _lock(work: Work, alone: set[str], others: set[str]) -> None:
    stations = sorted(alone | others)
    values = {"stations": stations, "alone": [station in alone for station in stations]}
    work.cursor.execute(_SQL["lock"], values)


def _keep(work: Work, name: str, events: Sequence[Envelope]) -> _Named:
    """Bring up to date what holds, and return what changed."""
    times = [moment_of(event, work.received.get(event.id, work.now)).at for event in events]
    values: dict[str, Any] = {"events": [event.id for event in events], "times": times}
    return set(work.cursor.execute(_SQL[name], values, binary=True).fetchall())


def _samples_before(work: Work, links: Sequence[LinkEvent]) -> Mapping[tuple[str, UUID], UUID]:
    if not links:
        return {}
    values = _columns({(link.station, link.data.result) for link in links}, "station", "result")
    rows = work.cursor.execute(_SQL["links_before"], values, binary=True).fetchall()
    return {(station, result): sample for station, result, sample in rows}


def _join(work: Work) -> _Named:
    """Find the links of this batch's results, and return them."""
    rows: list[tuple[str, UUID, UUID, datetime]] = []
    for judged in work.judged:
        if judged.is_sample:
            event = judged.event
            names = {event.id, event.originalid or event.id}
            rows += [(judged.station, said, event.id, judged.moment.at) for said in names]
    if not rows:
        return set()
    columns = map(list, zip(*sorted(rows), strict=True))
    values: dict[str, Any] = dict(zip(("station", "said", "event", "recorded_at"), columns, strict=True))
    return set(work.cursor.execute(_SQL["join_results"], values, binary=True).fetchall())


def _ties(work: Work, links: _Named, samples: _Named) -> list[tuple[tuple[str, UUID], Tie]]:
    values = {**_columns(links, "station", "result"), **_columns(samples, "sample_station", "sample")}
    rows = work.cursor.execute(_SQL["ties"], values, binary=True).fetchall()
    return [((station, result), Tie(station, *rest)) for station, result, *rest in rows]


def _rename(work: Work, ties: Sequence[tuple[tuple[str, UUID], Tie]]) -> None:
    """Let results of this batch count as tests of their sample, and their alerts name it."""
    known = {tie.event: tie for _, tie in ties if tie.sample is not None}
    if not known:
        return
    for place, judged in enumerate(work.judged):
        tie = known.get(judged.event.id)
        if tie is not None:
            work.judged[place] = judged._replace(sample=str(tie.sample))
    about = [place for place, signal in enumerate(work.signals) if signal.rule in _OF_RESULTS and signal.event in known]
    if not about:
        return
    keys = _live_keys(work, {(tie.station, tie.sample) for tie in known.values() if tie.sample})
    for place in about:
        signal = work.signals[place]
        tie = known[signal.event] if signal.event else None
        if tie is not None:
            work.signals[place] = _named(signal, tie, keys)


def _named(signal: Signal, tie: Tie, keys: Mapping[tuple[str, str, str, UUID], str]) -> Signal:
    assert tie.sample is not None, "a result without a sample is not named by one"
    return replace(
        signal,
        key=keys.get((str(signal.rule), signal.station, signal.item, tie.sample), signal.key),
        subject=" ".join(filter(None, (tie.commodity, tie.item_name or signal.item, tie.number))),
        sample=tie.number,
        commodity=tie.commodity,
        stall=tie.stall,
        vendor=tie.vendor,
        supplier=tie.supplier,
        registered=tie.sample,
        facts={**signal.facts, **tie.facts()},
    )


def _live_keys(work: Work, samples: _Named) -> Mapping[tuple[str, str, str, UUID], str]:
    values = _columns(samples, "station", "sample")
    rows = work.cursor.execute(_SQL["live_of_samples"], values, binary=True).fetchall()
    return {(rule, station, item, sample): key for rule, station, item, sample, key in rows}


def _recount(work: Work, moved: Sequence[tuple[Tie, UUID | None]]) -> None:
    """Count anew the samples that a test went away from or came to. Fills work.sampled."""
    if not moved:
        return
    values: dict[str, Any] = {
        "event": [tie.event for tie, _ in moved],
        "recorded_at": [tie.recorded_at for tie, _ in moved],
        "before": [before for _, before in moved],
        "after": [tie.sample for tie, _ in moved],
    }
    rows = work.cursor.execute(_SQL["recount"], values, binary=True).fetchall()
    gone = [row for row in rows if row[3] is None]
    there = [row for row in rows if row[3] is not None]
    for name, some in (("uncount", gone), ("count_again", there)):
        if some:
            days, stations, samples, failed = (list(column) for column in zip(*some, strict=True))
            keys: dict[str, Any] = {"day": days, "station": stations, "sample": samples}
            if name == "count_again":
                keys["is_failed"] = failed
            for day, station, more, more_failed in work.cursor.execute(_SQL[name], keys, binary=True).fetchall():
                count, count_failed = work.sampled.get((day, station), (0, 0))
                work.sampled[day, station] = count + more, count_failed + more_failed


def _columns(pairs: _Named, first: str, second: str) -> dict[str, Any]:
    ordered = sorted(pairs)
    return {first: [one for one, _ in ordered], second: [other for _, other in ordered]}
