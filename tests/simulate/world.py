"""A station and its centre, and everything that may be done to them. Every public method but `close` is a step."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from ingest.receipts import Letter
from tests.simulate import invariants, tampering
from tests.simulate.analyzers import KINDS, Analyzer, Transfer
from tests.simulate.box import ZONE, Box, Kept
from tests.simulate.centre import House
from tests.simulate.clocks import WRONG, Time
from tests.simulate.diary import Step
from tests.simulate.invariants import FalseVerdict, NeverQuiet
from tests.simulate.network import Network
from tests.simulate.puppets import Killed
from wire import receipts
from wire.kinds import Event

Mishap = Literal["", "answer_lost", "sent_again", "switched_off", "killed_before_commit", "killed_after_commit"]
MISHAPS: tuple[Mishap, ...] = (
    "",
    "answer_lost",
    "sent_again",
    "switched_off",
    "killed_before_commit",
    "killed_after_commit",
)
_MINUTE, _HOUR = 60.0, 3600.0
_COPIES = 3
_BOXES = 2
_CLERKS = 4
# Messages that one step sends a second time: a run may take the step thirty times, and 2 ** 30 is all the memory.
_MOST_DOUBLED = 64
# Turns of an uplink without news until its patience has run out a few times.
_TURNS = 1500


class World:
    def __init__(self, house: House, folder: Path) -> None:
        self.time = Time()
        self.network = Network()
        self.centre = house.open(self.time, self.network)
        self.analyzers = {kind: Analyzer(kind) for kind in KINDS}
        self.boxes = [Box(folder / "box-0", self.network, self.time)]
        self.copies: list[Path] = []
        # What was on a disk that is no more, and what any spool ever said under each number.
        self.gone: dict[UUID, Event] = {}
        self.known: dict[tuple[UUID, int], set[str]] = {}
        self.deeds: set[str] = set()
        self.steps: list[Step] = []
        self._is_old: Callable[[Letter], Letter] | None = None
        self._folder = folder
        self.boxes[0].start()

    def do(self, step: Step) -> None:
        """Do a step. Raises invariants.Violation, and every error of the code under test."""
        self.steps.append(step)
        getattr(self, step.name)(**step.arguments)

    # At the station

    def measure(self, box: int, device: str, samples: Sequence[tuple[str, float]], mishap: Mishap = "") -> None:
        """Make tests and push them; `mishap` happens to the last frame."""
        analyzer, one = self._analyzer(device), self._box(box)
        self._send(one, analyzer, analyzer.measure(list(samples), self._local_time()), mishap)

    def read_memory(self, box: int, device: str) -> None:
        """Let an analyzer that keeps its results hand them out again."""
        analyzer = self._analyzer(device)
        if analyzer.made:
            self._send(self._box(box), analyzer, analyzer.memory(self._local_time()), "")

    def restart_analyzers(self) -> None:
        """Switch the analyzers off for an hour; those that count begin with 1."""
        self.wait(hours=1)
        for analyzer in self.analyzers.values():
            analyzer.start_anew()

    def wait(self, hours: int) -> None:
        self.time.wait(hours * _HOUR)

    def seal(self, box: int) -> None:
        self._box(box).seal()

    def _send(self, box: Box, analyzer: Analyzer, transfer: Transfer, mishap: Mishap) -> None:
        self.time.wait(2 * len(transfer.tests))

        def talk(data: bytes) -> bytes:
            return box.talk(analyzer.kind, data)

        match mishap:
            case "":
                analyzer.send(transfer, talk)
            case "answer_lost":
                analyzer.send(transfer, talk, is_answer_lost=True)
            case "switched_off":
                self._say(talk, transfer)
            case "sent_again":
                self._say(talk, transfer)
                self.time.wait(15)
                talk(b"\x04" if analyzer.family == "astm" else b"")
                analyzer.send(transfer, talk)
            case "killed_before_commit" | "killed_after_commit":
                with suppress(Killed):
                    self._say(talk, transfer, lambda: box.arm(analyzer.kind, mishap == "killed_before_commit"))
                box.kill()  # also where nothing was written, and so nothing killed it
                box.start()
                self.time.wait(15)
                analyzer.send(transfer, talk)

    def _say(
        self, talk: Callable[[bytes], bytes], transfer: Transfer, before_last: Callable[[], None] = lambda: None
    ) -> None:
        """Send everything, and do not hear the last answer."""
        for test in transfer.tests:
            test.sendings += 1
        for frame in transfer.frames:
            if frame is transfer.frames[-1]:
                before_last()
            talk(frame)

    # To a box

    def crash(self, box: int) -> None:
        one = self._box(box)
        one.kill()
        one.start()

    def restart(self, box: int) -> None:
        one = self._box(box)
        one.stop()
        one.start()

    def tidy(self, box: int) -> None:
        self._box(box).tidy()

    def lose_tail(self, box: int) -> None:
        self._harm_spool("lose_tail")
        self._replace(self._box(box), Box.lose_power)

    def keep_copy(self, box: int) -> None:
        if len(self.copies) < _COPIES:
            self.copies.append(self._box(box).copy())

    def restore(self, box: int, copy: int) -> None:
        if self.copies:
            self._harm_spool("restore")
            kept = self.copies[copy % len(self.copies)]
            self._replace(self._box(box), lambda one: one.restore(kept))

    def clone(self, box: int) -> None:
        """Clone a box: a second one begins to work with a copy of the disk."""
        if len(self.boxes) < _BOXES:
            self._harm_spool("clone")
            copy = self._box(box).copy()
            other = self._folder / f"box-{len(self.boxes)}"
            copy.rename(other)
            self.boxes.append(Box(other, self.network, self.time))
            self.boxes[-1].start()

    def set_station_clock(self, box: int, to: str) -> None:
        """Set the clock of a box. `to`: 1970, 2039 or right."""
        clock = self._box(box).clock
        clock.set(WRONG.get(to, self.time.now))

    def _harm_spool(self, deed: str) -> None:
        self.deeds.add(deed)
        self.upgrade()

    def _replace(self, box: Box, how: Callable[[Box], None]) -> None:
        before = box.events()
        self._remember(before)
        how(box)
        box.start()
        after = box.events()
        self.gone.update((key, kept.event) for key, kept in before.items() if key not in after)

    def _remember(self, events: dict[UUID, Kept]) -> None:
        for kept in events.values():
            self.known.setdefault((kept.event.stream, kept.event.sequence), set()).add(kept.hash)

    # Between station and centre

    def send(self, box: int, turns: int) -> None:
        """Let the uplink of a box take some turns; it takes the connection over if another has it."""
        one = self._box(box)
        for _ in range(turns):
            one.uplink.go()

    def take(self, most: int, clerk: int = 0) -> None:
        """Let a clerk take messages. Clerks of even numbers are of the normal lane, the others of the urgent one."""
        self.centre.take(most, clerk)

    def answer(self, most: int) -> None:
        """Let receipts reach the station."""
        self._grow_old()
        self.network.hand_over(most)

    def lose_events(self, most: int) -> None:
        """Lose events, as a broker that lost its memory."""
        for queue in (self.network.events, self.network.urgent):
            _drop(queue, most)

    def lose_receipts(self, most: int) -> None:
        _drop(self.network.receipts, most)

    def duplicate_events(self) -> None:
        for message in (*islice(self.network.events, _MOST_DOUBLED), *islice(self.network.urgent, _MOST_DOUBLED)):
            self.network.publish(message.topic, message.body)

    def duplicate_receipts(self) -> None:
        self.network.receipts.extend(list(islice(self.network.receipts, _MOST_DOUBLED)))

    def reorder_events(self, by: int) -> None:
        for queue in (self.network.events, self.network.urgent):
            _shuffle(queue, by)

    def reorder_receipts(self, by: int) -> None:
        _shuffle(self.network.receipts, by)

    # To the centre

    def lose_database(self, most: int, clerk: int) -> None:
        self.centre.lose_database(most, clerk)

    def lose_clerk(self, most: int, clerk: int) -> None:
        self.centre.lose_clerk(most, clerk)

    def hire(self) -> None:
        if len(self.centre.clerks) < _CLERKS:
            self.centre.hire()

    def take_at_once(self, most: int) -> None:
        self.centre.take_at_once(most)

    def shift_centre_clock(self, days: int) -> None:
        """Shift the database's clock, which is the centre's only one."""
        self.centre.clock.off = timedelta(days=days)

    def tamper(self, how: str, place: int) -> None:
        """Change the ledger by hand, look for the change, and put it back."""
        tampering.look(self.centre, how, place, FalseVerdict)

    def downgrade(self) -> None:
        """Let the two sides not know each other's newest words: receipts tell no hash and no time.

        Not beside a spool that was copied or cut: one side alone cannot see that, and in the old version it was
        lost."""
        if not self.deeds:
            self._is_old = _without_news

    def upgrade(self) -> None:
        self._is_old = None

    def _grow_old(self) -> None:
        if self._is_old:
            for _ in range(len(self.network.receipts)):
                self.network.receipts.append(self._is_old(self.network.receipts.popleft()))

    # The quiet point

    def settle(self) -> None:
        """Deliver everything until nothing waits; then everything must be true."""
        for _ in range(6):
            for box in self.boxes:
                self._drain(box)
            if not any(box.waiting for box in self.boxes) and not self.network.is_busy:
                break
        else:
            raise NeverQuiet(", ".join(f"{box.disk.name}: {box.waiting} wait" for box in self.boxes))
        self.time.wait(_MINUTE)  # whatever is swept after a while is swept
        self.centre.take(0, 0)
        self.centre.take(0, 0)
        for box in self.boxes:
            self._remember(box.events())
        invariants.check(self)

    def _drain(self, box: Box) -> None:
        for turn in range(_TURNS):
            box.uplink.go()
            for number, clerk in enumerate(self.centre.clerks):
                if clerk.queue:
                    self.centre.take(len(clerk.queue), number)
            self._grow_old()
            self.network.hand_over(len(self.network.receipts))
            if turn > 2 and not box.waiting and not self.network.is_busy:
                return

    def close(self) -> None:
        for box in self.boxes:
            if box.is_up:
                box.kill()
        self.centre.close()

    def _box(self, box: int) -> Box:
        return self.boxes[box % len(self.boxes)]

    def _analyzer(self, device: str) -> Analyzer:
        return next(analyzer for kind, analyzer in self.analyzers.items() if kind == device)

    def _local_time(self) -> datetime:
        return self.time.now.astimezone(ZONE).replace(tzinfo=None)


def _drop(queue: deque[Any], most: int) -> None:
    for _ in range(min(most, len(queue))):
        queue.popleft()


def _shuffle(queue: deque[Any], by: int) -> None:
    """Mix a queue in a deterministic way: every `by`-th first."""
    them = list(queue)
    queue.clear()
    for start in range(by):
        queue.extend(reversed(them[start::by]))


def _without_news(letter: Letter) -> Letter:
    old = receipts.decode(letter.body).model_copy(update={"hash": None, "extra_marks": (), "at": None})
    return Letter(letter.topic, receipts.encode(old))
