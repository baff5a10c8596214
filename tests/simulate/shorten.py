"""Makes a finding as short as it can be: steps are left out, then tests, then mishaps, as long as the same promise is
broken.

Hypothesis could do it on its own bytes; on steps it takes a twentieth of the runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tests.simulate.diary import Step

Fails = Callable[[Sequence[Step]], bool]


def shorten(steps: Sequence[Step], fails: Fails) -> list[Step]:
    """Return a list of steps of which nothing more can be left out. `fails` tells whether a list still breaks the
    promise."""
    shortest = list(steps)
    while (shorter := _without_some(shortest, fails)) != shortest:
        shortest = shorter
    for place in range(len(shortest)):
        while True:
            candidates = ([*shortest[:place], step, *shortest[place + 1 :]] for step in _simpler(shortest[place]))
            simpler = next(filter(fails, candidates), None)
            if simpler is None:
                break
            shortest = simpler
    return shortest


def _without_some(steps: list[Step], fails: Fails) -> list[Step]:
    size = max(1, len(steps) // 2)
    while size:
        at = 0
        while at < len(steps):
            candidate = steps[:at] + steps[at + size :]
            if candidate and fails(candidate):
                steps = candidate
            else:
                at += size
        size //= 2
    return steps


def _simpler(step: Step) -> Iterator[Step]:
    samples = step.arguments.get("samples", [])
    if step.arguments.get("mishap"):
        yield replace(step, arguments={key: value for key, value in step.arguments.items() if key != "mishap"})
    for place in range(len(samples) if len(samples) > 1 else 0):
        yield replace(step, arguments={**step.arguments, "samples": samples[:place] + samples[place + 1 :]})
