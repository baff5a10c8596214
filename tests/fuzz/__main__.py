# ruff: noqa: T201 - a tool for people
"""Fuzz a family for as long as you like:

    python -m tests.fuzz modbus_rtu --seconds 600 --seed 7
    python -m tests.fuzz hl7 --seed 7 --case 1234       # one case again

Seconds are of CPU. Each failure is printed with its case and its bytes; the exit code is their number, 100 at most.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Sequence

from tests.fuzz.cases import case_stream, run_case
from tests.fuzz.targets import TARGETS, Target, without_zeros

_MOST_FAILURES = 100


def _report(target: Target, seed: int, number: int) -> None:
    stream, _ = case_stream(target, seed, number)
    print(f"\n{target.name}, profile {target.profile}: seed {seed} case {number}\n{stream.hex(' ')}")
    traceback.print_exc(limit=-3)


def _run(targets: Sequence[Target], seed: int, seconds: float) -> tuple[int, int, int]:
    """Run for some seconds, and return the counts of cases, bytes and failures."""
    started, number, size, failures = time.process_time(), 0, 0, 0
    while time.process_time() - started < seconds and failures < _MOST_FAILURES:
        for target in targets:
            size += len(case_stream(target, seed, number)[0])
            try:
                run_case(target, seed, number)
            except Exception:  # noqa: BLE001 - reported with its bytes, and the run goes on
                failures += 1
                _report(target, seed, number)
        number += 1
    return number * len(targets), size, failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz a family of firmware_adapters.")
    parser.add_argument("family", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int)
    arguments = parser.parse_args()
    targets = [without_zeros(target) for target in TARGETS[arguments.family]]
    if arguments.case is not None:
        for target in targets:
            run_case(target, arguments.seed, arguments.case)
        return 0
    cases, size, failures = _run(targets, arguments.seed, arguments.seconds)
    print(f"{arguments.family}: {cases} cases, {size / 1e6:.1f} MB of damaged streams, {failures} failures")
    return failures


if __name__ == "__main__":
    sys.exit(main())
