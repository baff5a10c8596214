"""The invariants: they must hold at every quiet point, whatever happened before."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from storage.findings import Finding, Kind
from tests.simulate.analyzers import LIMIT, Likeness, Test
from tests.simulate.box import Box
from tests.simulate.centre import Centre
from wire import receipts
from wire.codec import decode
from wire.kinds import Event
from wire.kinds.agent import AgentEvent
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.result import ResultEvent

if TYPE_CHECKING:
    from tests.simulate.world import World

_BELIEVED_AHEAD = timedelta(seconds=300)
_ON_ONE_SPOOL = frozenset({"restore", "lose_tail", "clone"})

# What a spool sent before it lost its tail may be on its way still when it comes back and asks: then events of both
# follow each other in one stream, and its chain truly does not hold there. So do those of two boxes.
_OF_SPOOLS = frozenset({"spool_older_copy", "stream_forked", "stream_replaced", "stream_broken"})
_OF_CLONES = frozenset({"two_boxes"})
_ALL_OF_SPOOLS = _OF_SPOOLS | _OF_CLONES | {"stream_replayed"}


class Violation(AssertionError):  # noqa: N818 - what was violated is in the names below
    """A promise that was not kept."""


class Lost(Violation):
    """An acknowledged test has no row."""


class Doubled(Violation):
    """A test is in effect twice, and is not flagged as a possible repeat."""


class Altered(Violation):
    """A row says what no analyzer ever said."""


class NotAlerted(Violation):
    """A failed test has no alert."""


class AlertedTwice(Violation):
    """A test has more than one alert, or a good one has an alert."""


class NotTold(Violation):
    """A spool was an older copy, and the centre names it by no alert."""


class FalselyTold(Violation):
    """The centre reports a harm to a station's spool that was not done."""


class FalseReceipt(Violation):
    """A receipt covers events that the centre does not have."""


class FalseVerdict(Violation):
    """The walk of the chains names a change that was not made, or does not name one that was."""


class ClockBelieved(Violation):
    """A wrong clock decides which events are due, or which is newest."""


class NeverQuiet(Violation):
    """Waiting never ends."""


def check(world: "World") -> None:
    """Check all invariants. Raises Violation."""
    there = _Centre(world.centre)
    everything = {key: kept.event for box in world.boxes for key, kept in box.events().items()}
    tests = [test for analyzer in world.analyzers.values() for test in analyzer.made]
    _check_results(there, tests, _gone(world.gone, there, everything))
    _check_alerts(there)
    _check_told(world, there)
    for box in world.boxes:
        _check_receipted(box, there, everything)
    _check_receipts(world.centre)
    _check_clocks(world)
    _check_walk(world)


class _Centre:
    """The content of the centre: the bytes of the ledger and of the disputed events, by their hashes, and the
    results."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        bodies = centre.rows("SELECT hash, body FROM event UNION ALL SELECT hash, body FROM disputed")
        self.events = {digest.hex(): decode(body) for digest, body in bodies}
        self.ids = {event.id for event in self.events.values()}
        self.results = centre.rows(
            "SELECT event, device, sample, value, measured_at_text, verdict, flags FROM result WHERE role = 'sample'"
        )


def _likeness(event: ResultEvent) -> Likeness:
    data, device = event.data, event.device or ""
    return device, data.sample.number, data.value or 0.0, _own_time(device, data.measured_at_text)


def _own_time(device: str, text: str) -> str:
    return text if device == "astm-timed" else ""


def _gone(gone: Mapping[UUID, Event], there: _Centre, everything: Mapping[UUID, Event]) -> Counter[Likeness]:
    """Return the results that are on no disk any more: nobody can be asked for them."""
    again = {event.originalid for event in (*everything.values(), *there.events.values())}
    return Counter(
        _likeness(event)
        for key, event in gone.items()
        if isinstance(event, ResultEvent) and key not in there.ids and key not in everything and key not in again
    )


def _check_results(there: _Centre, tests: list[Test], gone: Counter[Likeness]) -> None:
    made, acknowledged = Counter(test.likeness for test in tests), Counter[Likeness]()
    acknowledged.update(test.likeness for test in tests if test.is_acknowledged)
    stored, flagged = Counter[Likeness](), Counter[Likeness]()
    for _, device, sample, value, at, _, flags in there.results:
        key = (device, sample, value, _own_time(device, at))
        stored[key] += 1
        flagged[key] += "possible_repeat" in flags
        if key not in made:
            raise Altered(f"no analyzer said {key}")
    for key, count in acknowledged.items():
        if stored[key] < count - gone[key]:
            raise Lost(f"{key}: {count} acknowledged, {stored[key]} stored, {gone[key]} lost with a disk")
    for key, count in stored.items():
        if count > made[key] + flagged[key]:
            raise Doubled(f"{key}: {made[key]} made, {count} stored, {flagged[key]} flagged")


def _check_alerts(there: _Centre) -> None:
    steps: dict[UUID, list[UUID]] = defaultdict(list)
    rows = there.centre.rows(
        "SELECT step.event, alert.id FROM alert_step AS step JOIN alert ON alert.id = step.alert"
        " WHERE alert.rule = 'failed_test' AND step.action IN ('opened', 'joined')"
    )
    for event, alert in rows:
        steps[event].append(alert)
    for event, device, sample, value, *_ in there.results:
        count, what = len(steps[event]), f"{device}, sample {sample}, {value} %"
        if value >= LIMIT and count == 0:
            raise NotAlerted(what)
        if count > (value >= LIMIT):
            raise AlertedTwice(f"{what}: {count} alerts")


def _check_told(world: "World", there: _Centre) -> None:
    """Check that the centre names every harm to a station's spool, and nothing else."""
    told = {rule for (rule,) in there.centre.rows("SELECT rule FROM alert")}
    agents = [event.data for event in there.events.values() if isinstance(event, AgentEvent)]
    if any(data.cause in ("behind", "diverged") for data in agents) and not told & {"spool_older_copy", "two_boxes"}:
        raise NotTold(f"a stream was given up, and there are {sorted(told)}")
    may_be = _OF_SPOOLS if world.deeds & _ON_ONE_SPOOL else frozenset[str]()
    may_be |= _OF_CLONES if "clone" in world.deeds else frozenset[str]()
    if false := (told & _ALL_OF_SPOOLS) - may_be:
        raise FalselyTold(f"{sorted(false)} after {sorted(world.deeds)}")


def _check_receipted(box: Box, there: _Centre, everything: Mapping[UUID, Event]) -> None:
    """Check that every event that a spool takes for delivered is delivered, with these very bytes, or was recorded
    again.

    A checkpoint of a stream that was given up does not count: it signs nothing that matters any more."""
    again = {event.originalid for event in (*everything.values(), *there.events.values())}
    for key, kept in box.events().items():
        event = kept.event
        if not kept.is_done or kept.hash in there.events or key in again:
            continue
        if isinstance(event, CheckpointEvent) and event.stream != box.spool.stream:
            continue
        raise FalseReceipt(f"{box.disk.name}: event {event.sequence} ({event.type}) is not at the centre")


def _check_receipts(centre: Centre) -> None:
    """Check that the receipts are true."""
    through: dict[UUID, int] = {}
    for letter in centre.letters():
        receipt = receipts.decode(letter.body)
        through[receipt.stream] = max(receipt.through, through.get(receipt.stream, 0))
    for stream, last in through.items():
        ((count,),) = centre.rows("SELECT count(*) FROM event WHERE stream = %s AND sequence <= %s", stream, last)
        if count != last:
            raise FalseReceipt(f"1 to {last} of {stream} were receipted, {count} are there")


def _check_clocks(world: "World") -> None:
    # The centre's own clock may have been ahead for a while: it is the only one that it has.
    latest = world.centre.latest + _BELIEVED_AHEAD
    for what, at in world.centre.rows(
        "SELECT 'result', max(recorded_at) FROM result UNION ALL SELECT 'device', max(last_result_at) FROM device"
        " UNION ALL SELECT 'alert', max(opened_at) FROM alert"
    ):
        if at is not None and at > latest:
            raise ClockBelieved(f"{what}: {at}, and it is {world.time.now}")
    for due, made in world.centre.rows("SELECT next_attempt_at, created_at FROM delivery WHERE state = 'waiting'"):
        if due > world.centre.latest:
            raise ClockBelieved(f"a delivery is due at {due}, and it is {world.time.now}")
        if made < world.centre.earliest:
            raise ClockBelieved(f"a delivery is of {made}, before the beginning: it will be given up")


def _check_walk(world: "World") -> None:
    for finding in world.centre.findings():
        if not any(_is_founded(finding, number, world) for number in _numbers(finding)):
            raise FalseVerdict(f"{finding.kind} {finding.sequence}-{finding.last}: {finding.detail}")


def _numbers(finding: Finding) -> Iterator[int]:
    first = finding.sequence or 0
    return iter(range(first, (finding.last or first) + 1))


def _is_founded(finding: Finding, number: int, world: "World") -> bool:
    """Tell whether a harm was done that the finding may name."""
    if not world.deeds & _ON_ONE_SPOOL or finding.stream is None:
        return False
    bodies = len(world.known.get((finding.stream, number), ()))
    if finding.kind is Kind.FORKED:
        return bodies > 1
    before = len(world.known.get((finding.stream, number - 1), ()))
    if finding.kind is Kind.CHANGED:
        return max(bodies, before) > 1 and "did not follow" in finding.detail
    if finding.kind is Kind.SIGNATURE:  # a checkpoint over the event before it, of which the other body came first
        return before > 1 and "is not the one that was signed" in finding.detail
    if finding.kind is Kind.GAP:
        return any(event.stream == finding.stream and event.sequence == number for event in world.gone.values())
    return False
