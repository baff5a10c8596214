# ruff: noqa: T201 - a tool for people
"""Let the machine play for as long as you like:

    python -m tests.simulate --minutes 60 --seed 7
    python -m tests.simulate --minutes 5 --without clocks,versions
    python -m tests.simulate --repeat found.txt         # one finding again, step by step

Minutes are of the clock; the CPU that was used is printed. A finding is made as short as it can be, printed and kept
in a file. The exit code is 1 when something was found.
"""

import argparse
import logging
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from tests.simulate import diary
from tests.simulate.centre import House, house
from tests.simulate.diary import Step
from tests.simulate.invariants import Violation
from tests.simulate.machine import HARMS, Finding, play, run, shortest
from tests.support import services

_BATCH = 50


def _cpu_s(database: int) -> float:
    """Return the CPU time of this process, and of the database's with all that it started (proc(5): fields 14 to 17 of
    stat)."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, fields = int(path.parent.name), path.read_text().rpartition(")")[2].split()
            if pid == database:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == database:
                ticks += sum(map(int, fields[11:13]))
    return own.ru_utime + own.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def _show(finding: Finding, seed: int, folder: Path) -> None:
    path = folder / f"found-{seed}-{finding.name}.txt"
    path.write_text(str(finding), "utf-8")
    print(f"\n{finding}\nAgain: python -m tests.simulate --repeat {path}\n", flush=True)


def _repeat(place: House, path: Path) -> int:
    def told() -> Iterator[Step]:
        for step in diary.read(path.read_text("utf-8")):
            print(step, flush=True)
            yield step

    try:
        run(place, told())
    except Violation as exc:
        print(f"{type(exc).__name__}: {exc}")
        return 1
    print("nothing was violated")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description="The system's first user.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=30, help="at most in one run")
    parser.add_argument("--without", default="", help=f"harms to leave out, with commas: {','.join(HARMS)}")
    parser.add_argument("--only", default="", help="harms to do, with commas; the others are left out")
    parser.add_argument("--found", type=Path, default=Path(), help="folder for what is found")
    parser.add_argument("--repeat", type=Path, help="a file of steps to do again")
    parser.add_argument("--log", action="store_true", help="let the code under test log")
    arguments = parser.parse_args()
    if not arguments.log:
        logging.disable()  # psycopg tells of connections that the simulation cut
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with services.postgres() as server, house(server) as place:
        if arguments.repeat:
            return _repeat(place, arguments.repeat)
        chosen = set(arguments.only.split(",")) if arguments.only else set(HARMS)
        harms = chosen - set(arguments.without.split(","))
        started, seed, runs, done = time.monotonic(), arguments.seed, 0, 0
        while time.monotonic() - started < arguments.minutes * 60:
            # Among tests that are alike one that is lost may hide behind one that is there twice: not in every batch.
            now = harms - {"alike"} if seed % 2 else harms
            machine = play(place, seed=seed, runs=_BATCH, steps=arguments.steps, harms=now)
            runs, done = runs + machine.runs, done + machine.steps_done
            print(
                f"seed {seed}: {runs} runs, {done} steps, {time.monotonic() - started:.0f} s,"
                f" {_cpu_s(server.pid):.0f} s of CPU",
                flush=True,
            )
            if machine.found:
                print("making it shorter", flush=True)
                _show(shortest(place, machine.found[-1]), seed, arguments.found)
                return 1
            seed += 1
        print(f"nothing was found; {_cpu_s(server.pid):.0f} s of CPU with the database's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
