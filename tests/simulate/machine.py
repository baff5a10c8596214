"""Hypothesis chooses the steps; a finding is made as short as it can be."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.simulate import diary
from tests.simulate.analyzers import KINDS
from tests.simulate.centre import House
from tests.simulate.diary import Step
from tests.simulate.shorten import shorten
from tests.simulate.tampering import HOWS
from tests.simulate.world import MISHAPS, World

# The harms that a run may do; without one of them everything else is still found.
HARMS = (
    *("alike", "analyzers", "mishaps", "kills", "restores", "tails", "clones", "station_clock", "centre_clock"),
    *("network", "centre", "versions", "tampering"),
)
_BOX = st.integers(0, 1)
# Few values, so that tests are alike.
_SAMPLES = st.lists(st.tuples(st.sampled_from(["1", "2"]), st.sampled_from([12.5, 60.0])), min_size=1, max_size=3)
_CLERK = st.integers(0, 3)
Rule = Callable[..., None]
_FEW = st.sampled_from([1, 2, 5, 100])


@dataclass(frozen=True, slots=True)
class Finding:
    """The steps that were done, and the promise that they broke."""

    steps: list[Step]
    broke: Exception

    @property
    def name(self) -> str:
        return type(self.broke).__name__

    def __str__(self) -> str:
        said = str(self.broke).replace("\n", "\n# ")
        return f"# {self.name}: {said}\n{diary.write(self.steps)}"


def new_folder() -> Path:
    """Make a folder, in memory where there is such a place: an fsync is then free."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None
    return Path(tempfile.mkdtemp(prefix="shian-simulate-", dir=place))


def run(house: House, steps: Iterable[Step]) -> None:
    """Do the steps in a new world. Raises what they raise."""
    folder = new_folder()
    world = World(house, folder)
    try:
        for step in steps:
            world.do(step)
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


def shortest(house: House, finding: Finding) -> Finding:
    """Return the fewest steps that break the same promise."""
    last = finding

    def fails(steps: Sequence[Step]) -> bool:
        nonlocal last
        try:
            run(house, steps)
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is compared
            if type(exc) is type(finding.broke):
                last = Finding(list(steps), exc)
                return True
        return False

    shorten(finding.steps, fails)
    return last


def play(house: House, *, seed: int, runs: int, steps: int, harms: Collection[str] = HARMS) -> type["Machine"]:
    """Play up to `runs` runs, fewer when one broke a promise: see `found` of the returned class."""
    machine = Machine.with_house(house, harms)
    rules = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(hypothesis.seed(seed)(machine), settings=rules)
    except Exception:
        if not machine.found:
            raise
    return machine


def _if(harm: str) -> Callable[[Rule], Rule]:
    """Return a decorator: only a run with that harm takes the step."""
    return precondition(lambda self: harm in self.harms)


class Machine(RuleBasedStateMachine):
    """The rules of a run, for hypothesis. `play` makes a class of it for each run."""

    house: House
    harms: Collection[str] = HARMS
    found: list[Finding]
    runs = 0
    steps_done = 0

    @classmethod
    def with_house(cls, house: House, harms: Collection[str]) -> type["Machine"]:
        """Make a class for a run, because hypothesis makes the objects."""

        class Housed(cls):  # type: ignore[misc, valid-type]
            pass

        Housed.house, Housed.harms, Housed.found = house, frozenset(harms), []
        return Housed

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        self._folder = new_folder()
        self.world = World(self.house, self._folder)
        self._has_failed = False
        self._numbered = 0

    def _do(self, name: str, **arguments: Any) -> None:
        type(self).steps_done += 1
        try:
            self.world.do(Step(name, arguments))
        except Exception as exc:
            self._has_failed = True
            self.found.append(Finding(list(self.world.steps), exc))
            raise

    def teardown(self) -> None:
        try:
            if not self._has_failed:
                self._do("settle")
        finally:
            self.world.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    @rule(box=_BOX, device=st.sampled_from(KINDS), samples=_SAMPLES)
    def measure(self, box: int, device: str, samples: list[tuple[str, float]]) -> None:
        self._do("measure", box=box, device=device, samples=self._told_apart(samples))

    @_if("mishaps")
    @rule(box=_BOX, device=st.sampled_from(KINDS), samples=_SAMPLES, mishap=st.sampled_from(MISHAPS[1:]))
    def measure_amid_mishaps(self, box: int, device: str, samples: list[tuple[str, float]], mishap: str) -> None:
        self._do("measure", box=box, device=device, samples=self._told_apart(samples), mishap=mishap)

    def _told_apart(self, samples: list[tuple[str, float]]) -> list[tuple[str, float]]:
        """Give every sample a number that none had before, unless tests shall be alike."""
        if "alike" in self.harms:
            return samples
        self._numbered += len(samples)
        return [(str(self._numbered - place), value) for place, (_, value) in enumerate(samples)]

    @_if("analyzers")
    @rule(box=_BOX, device=st.sampled_from(KINDS))
    def read_memory(self, box: int, device: str) -> None:
        self._do("read_memory", box=box, device=device)

    @_if("analyzers")
    @rule()
    def restart_analyzers(self) -> None:
        self._do("restart_analyzers")

    @rule(hours=st.sampled_from([1, 24]))
    def wait(self, hours: int) -> None:
        self._do("wait", hours=hours)

    @rule(box=_BOX)
    def seal(self, box: int) -> None:
        self._do("seal", box=box)

    @_if("kills")
    @rule(box=_BOX)
    def crash(self, box: int) -> None:
        self._do("crash", box=box)

    @_if("kills")
    @rule(box=_BOX)
    def restart(self, box: int) -> None:
        self._do("restart", box=box)

    @_if("kills")
    @rule(box=_BOX)
    def tidy(self, box: int) -> None:
        self._do("tidy", box=box)

    @_if("tails")
    @rule(box=_BOX)
    def lose_tail(self, box: int) -> None:
        self._do("lose_tail", box=box)

    @_if("restores")
    @rule(box=_BOX)
    def keep_copy(self, box: int) -> None:
        self._do("keep_copy", box=box)

    @_if("restores")
    @precondition(lambda self: self.world.copies)
    @rule(box=_BOX, copy=st.integers(0, 2))
    def restore(self, box: int, copy: int) -> None:
        self._do("restore", box=box, copy=copy)

    @_if("clones")
    @rule(box=_BOX)
    def clone(self, box: int) -> None:
        self._do("clone", box=box)

    @_if("station_clock")
    @rule(box=_BOX, to=st.sampled_from(["1970", "2039", "right"]))
    def set_station_clock(self, box: int, to: str) -> None:
        self._do("set_station_clock", box=box, to=to)

    @_if("centre_clock")
    @rule(days=st.sampled_from([0, 1, -2]))
    def shift_centre_clock(self, days: int) -> None:
        self._do("shift_centre_clock", days=days)

    @rule(box=_BOX, turns=st.integers(1, 4))
    def send(self, box: int, turns: int) -> None:
        self._do("send", box=box, turns=turns)

    @rule(most=_FEW, clerk=_CLERK)
    def take(self, most: int, clerk: int) -> None:
        self._do("take", most=most, clerk=clerk)

    @rule(most=_FEW)
    def answer(self, most: int) -> None:
        self._do("answer", most=most)

    @_if("network")
    @rule(most=_FEW)
    def lose_events(self, most: int) -> None:
        self._do("lose_events", most=most)

    @_if("network")
    @rule(most=_FEW)
    def lose_receipts(self, most: int) -> None:
        self._do("lose_receipts", most=most)

    @_if("network")
    @rule()
    def duplicate_events(self) -> None:
        self._do("duplicate_events")

    @_if("network")
    @rule()
    def duplicate_receipts(self) -> None:
        self._do("duplicate_receipts")

    @_if("network")
    @rule(by=st.integers(1, 3))
    def reorder_events(self, by: int) -> None:
        self._do("reorder_events", by=by)

    @_if("network")
    @rule(by=st.integers(1, 3))
    def reorder_receipts(self, by: int) -> None:
        self._do("reorder_receipts", by=by)

    @_if("centre")
    @rule(most=_FEW, clerk=_CLERK)
    def lose_database(self, most: int, clerk: int) -> None:
        self._do("lose_database", most=most, clerk=clerk)

    @_if("centre")
    @rule(most=_FEW, clerk=_CLERK)
    def lose_clerk(self, most: int, clerk: int) -> None:
        self._do("lose_clerk", most=most, clerk=clerk)

    @_if("centre")
    @rule()
    def hire(self) -> None:
        self._do("hire")

    @_if("centre")
    @rule(most=_FEW)
    def take_at_once(self, most: int) -> None:
        self._do("take_at_once", most=most)

    @_if("tampering")
    @rule(how=st.sampled_from(sorted(HOWS)), place=st.integers(0, 50))
    def tamper(self, how: str, place: int) -> None:
        self._do("tamper", how=how, place=place)

    @_if("versions")
    @rule(is_old=st.booleans())
    def change_version(self, is_old: bool) -> None:
        self._do("downgrade" if is_old else "upgrade")

    @rule()
    def settle(self) -> None:
        self._do("settle")
