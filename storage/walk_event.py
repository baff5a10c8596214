"""One event of the ledger, looked at by itself: its bytes against its columns, its typed row, its signature."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from storage import typed_sql
from storage.findings import Finding, Kind
from storage.kinds import TYPED
from storage.limits import Judge, Said, says
from storage.repeats import as_disputed, as_possible_repeat, may_be_marked, may_fold, name_of
from storage.retired import Mark
from storage.rows import Row, Taking, Typed
from storage.typed import result
from wire import codec
from wire.chain import is_signed
from wire.clocks import Moment, moment_of
from wire.kinds import BY_EVENT, Event, Received
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.envelope import NotUnderstood
from wire.kinds.result import POSSIBLE_REPEAT, ResultEvent
from wire.terms import Verdict
from wire.verdicts import UNIT_INCOMPARABLE, effective

_COLUMNS = 11  # of the event; those of the typed rows follow, of which one at most is there
_WAITING = "waiting"  # in not_understood, for a version that reads it
_Find = Callable[[Kind, str], None]


class Validity(NamedTuple):
    """Time in which a key was the station's, by the database's clock. None: from the beginning, until now."""

    since: datetime | None
    until: datetime | None

    def has(self, at: datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Witness:
    """Witness for the look at an event: keys by station, each with its time, the limits of each time, the hash of the
    event at another place, and for an event that others are folded into its body and whether it is folded itself.
    `marks`: from when on the rows of a kind are kept; `retired` counts those that are not there any more."""

    keys: Mapping[str, Mapping[str, Validity]]
    judge: Judge
    hash_at: Callable[[UUID, int], bytes | None]
    standing: Callable[[UUID], tuple[bytes, bool] | None]
    marks: Mapping[str, Mark]
    retired: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Seen:
    """Sight of one event. `is_sound`: the bytes are this place's own, so that links to it mean something. `covers`: the
    sequence that a good checkpoint signs."""

    sequence: int
    hash: bytes
    previous: bytes = b""
    is_sound: bool = True
    covers: int = 0
    is_folded: bool = False
    is_waiting: bool = False
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Ruling:
    verdict: Verdict
    decided: Verdict
    limit: str | None
    flags: tuple[str, ...]


def look(row: tuple[Any, ...], stream: UUID, station: str, witness: Witness) -> Seen:
    sequence, event_id, place, device, kind, recorded_at, received_at, previous, digest, body, waits = row[:_COLUMNS]
    seen = Seen(sequence, hashlib.sha256(body).digest())

    def find(what: Kind, detail: str) -> None:
        seen.findings.append(Finding(what, station, stream, sequence, detail))

    try:
        event = codec.read(body)
    except codec.RefusedError as exc:
        seen.is_sound = False
        find(Kind.CHANGED, f"its bytes are no event any more: {exc.reason}")
        return seen
    seen.previous = bytes.fromhex(event.previoushash)
    if (event.stream, event.sequence) != (stream, sequence):
        seen.is_sound = False
        find(*_displaced(event, seen.hash, witness))
        return seen
    if seen.hash != digest:
        seen.is_sound = False
        find(Kind.CHANGED, "its bytes are not what was hashed when it came")
        return seen
    moment = moment_of(event, received_at)
    columns = {
        "id": (event_id, event.id),
        "station": (place, event.station),
        "device": (device, event.device),
        "type": (kind, event.type),
        "recorded_at": (recorded_at, moment.at),
        "previous": (previous, seen.previous),
    }
    wrong = [name for name, (there, said) in columns.items() if there != said]
    if wrong:
        find(Kind.CHANGED, f"columns beside its bytes: {', '.join(wrong)}")
    into: UUID | None = row[-1]
    seen.is_folded = into is not None
    if isinstance(event, NotUnderstood) or waits == _WAITING:
        seen.is_waiting = True
        if waits != _WAITING:
            find(Kind.REMOVED, "its note among what is not understood")
        return seen
    _look_at_typed(event, moment, row, witness, find)
    if isinstance(event, CheckpointEvent):
        _look_at_checkpoint(event, row[6], seen, witness, find)
    return seen


def _look_at_typed(event: Event, moment: Moment, row: tuple[Any, ...], witness: Witness, find: _Find) -> None:
    """Compare the typed row with what the bytes say, where the event's kind has one."""
    kind = BY_EVENT[type(event)]
    typed, there = TYPED[kind], typed_sql.parts(row[_COLUMNS:-1])
    if typed is None:
        return
    if row[-1] is not None:
        _look_at_fold(event, row[-1], there, witness, find)
        return
    part = there.get(typed.table.name)
    mark = witness.marks.get(kind.name)
    if part is None and mark is not None and moment.at < mark.before:
        witness.retired[kind.name] += 1
    elif part is None:
        find(Kind.REMOVED, f"its row in {typed.table.name}")
    elif isinstance(event, ResultEvent):
        _look_at_result(event, part, Taking(moment, row[6]), witness, find)
    elif wrong := _differing(typed, typed.row(event, Taking(moment, row[6])), part):
        find(Kind.CHANGED, f"its row in {typed.table.name}: {', '.join(wrong)}")


def _displaced(event: Received, digest: bytes, witness: Witness) -> tuple[Kind, str]:
    """Tell of an event in a wrong place: a copy when it also stands where it belongs, else it was moved."""
    own = f"event {event.sequence} of stream {event.stream}"
    if witness.hash_at(event.stream, event.sequence) == digest:
        return Kind.REPLAYED, f"a copy of {own}"
    return Kind.REORDERED, f"here stands {own}"


def _look_at_checkpoint(
    event: CheckpointEvent, received_at: datetime, seen: Seen, witness: Witness, find: _Find
) -> None:
    data = event.data
    covered = witness.hash_at(event.stream, data.sequence) if data.sequence < event.sequence else None
    validity = witness.keys.get(event.station, {}).get(data.key)
    if validity is None:
        find(Kind.SIGNATURE, f"signed with a key that was never the station's: {data.key}")
    elif not validity.has(received_at):
        find(Kind.SIGNATURE, f"signed with a key that was not the station's at that time: {data.key}")
    elif not is_signed(data, event.stream):
        find(Kind.SIGNATURE, "the signature does not hold")
    elif covered is None:
        find(Kind.SIGNATURE, f"signs event {data.sequence}, which is not there")
    elif covered.hex() != data.hash:
        find(Kind.SIGNATURE, f"event {data.sequence} is not the one that was signed")
    else:
        seen.covers = data.sequence


def look_at_disputed(row: tuple[Any, ...], stream: UUID, witness: Witness) -> list[Finding]:
    """Look at a second body under a number that is taken: its row is marked, and else as any other."""
    sequence, name, station, _, _, _, received_at, _, digest, body, _ = row[:_COLUMNS]
    findings: list[Finding] = []

    def find(what: Kind, detail: str) -> None:
        findings.append(Finding(what, station, stream, sequence, f"disputed: {detail}"))

    if hashlib.sha256(body).digest() != digest or name_of(digest) != name:
        find(Kind.CHANGED, "its bytes are not what was hashed when it came")
        return findings
    event = _read(body)
    if event is None:
        find(Kind.CHANGED, "its bytes are no event any more")
    if not isinstance(event, ResultEvent):
        return findings
    shown = event if row[-1] is not None else as_disputed(event, name)
    _look_at_typed(shown, moment_of(event, received_at), row, witness, find)
    return findings


def _look_at_fold(event: Event, into: UUID, there: Iterable[str], witness: Witness, find: _Find) -> None:
    """Look at an event without a row of its own: the event that it is folded into must say the same, and have one.
    `there`: the tables that have a row of it all the same."""
    standing = witness.standing(into)
    if standing is None:
        find(Kind.REMOVED, f"what it was folded into: {into}")
        return
    body, is_folded = standing
    # What is no event any more is named where it stands.
    other = _read(body)
    if is_folded or (other is not None and not may_fold(event, other)):
        find(Kind.CHANGED, f"it is said to be folded into {into}, which is another one")
    for table in there:
        find(Kind.ADDED, f"a row in {table}, and it is folded into {into}")


def _read(body: bytes) -> Received | None:
    try:
        return codec.read(body)
    except codec.RefusedError:
        return None


def _differing(typed: Typed, wanted: Row, there: Mapping[str, Any]) -> list[str]:
    return [name for name, value in zip(typed.table.columns, wanted, strict=True) if there[name] != value]


def _look_at_result(
    event: ResultEvent, there: Mapping[str, Any], taking: Taking, witness: Witness, find: _Find
) -> None:
    """Look at a row as at any other, and hold its verdict against the limits of its time."""
    try:
        flags = tuple(flag for flag in (UNIT_INCOMPARABLE,) if flag in there["flags"].split())
        ruling = _Ruling(Verdict(there["verdict"]), Verdict(there["decided_verdict"]), there["decided_by"], flags)
    except ValueError:
        find(Kind.VERDICT, f"its row says {there['verdict']}, {there['decided_verdict']}")
        return
    if may_be_marked(event) and POSSIBLE_REPEAT in there["flags"].split():
        event = as_possible_repeat(event)  # by what another stream had brought when it came: not derived again
    if wrong := _differing(result.TYPED, result.TYPED.row(event, taking._replace(ruling=ruling)), there):
        find(Kind.CHANGED, f"its row in {result.TYPED.table.name}: {', '.join(wrong)}")
    decisions = witness.judge.decisions(event, taking.moment, taking.received_at)
    _judge_again(event, ruling, [says(decision) for decision in decisions], find)


def _judge_again(event: ResultEvent, ruling: _Ruling, right: list[Said], find: _Find) -> None:
    if (ruling.decided, ruling.limit, ruling.flags) not in right:
        due = " or ".join(_words(*reason) for reason in dict.fromkeys(right)) or "nothing"
        find(
            Kind.VERDICT,
            f"its row says {_words(ruling.decided, ruling.limit, ruling.flags)}, the limits of its time {due}",
        )
    elif ruling.verdict is not effective(ruling.decided, event.data.device_verdict):
        find(Kind.VERDICT, f"its row says {ruling.verdict}, and it was decided {ruling.decided}")


def _words(verdict: Verdict, limit: str | None, flags: tuple[str, ...]) -> str:
    if UNIT_INCOMPARABLE in flags:
        return f"{verdict} for its unit"
    return f"{verdict} by {limit}" if limit else f"{verdict} without a limit"
