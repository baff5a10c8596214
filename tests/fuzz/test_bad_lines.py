"""The promises about any stream, on lines that are bad in ways with a name. Every family, every kit."""

import tracemalloc
from random import Random

import pytest

from tests.contract.adapter_kit import MEBIBYTE
from tests.fuzz.cases import check_ranges, check_recovery, check_stream
from tests.fuzz.lines import at_wrong_baud, interleaved, noises, with_lies
from tests.fuzz.targets import TARGETS, Target, without_zeros

ALL = [without_zeros(target) for targets in TARGETS.values() for target in targets]
FIRSTS = [without_zeros(targets[0]) for targets in TARGETS.values()]
LONGEST = 700
every_target = pytest.mark.parametrize("target", ALL, ids=[f"{target.name}, {target.profile}" for target in ALL])


def _good(target: Target) -> bytes:
    return target.good.stream[:LONGEST]


@every_target
@pytest.mark.parametrize("longest", [1, 30])
def test_two_devices_of_one_family_talk_at_once(target: Target, longest: int) -> None:
    random = Random(longest)
    for vector in target.vectors[-3:]:
        check_stream(target, interleaved(_good(target), vector.stream[:LONGEST], random, longest), random)


@every_target
def test_a_device_of_another_family_talks_at_once(target: Target) -> None:
    random = Random(7)
    place = ALL.index(target)
    for away, longest in ((1, 2), (4, 20), (9, 5)):
        other = ALL[(place + away) % len(ALL)]
        check_stream(target, interleaved(_good(target), _good(other), random, longest), random)


@every_target
@pytest.mark.parametrize(("sent", "heard"), [(9600, 4800), (9600, 19200), (9600, 115200), (115200, 9600), (9600, 7200)])
def test_the_line_is_read_at_the_wrong_baud_rate(target: Target, sent: int, heard: int) -> None:
    stream = at_wrong_baud(_good(target)[:400], sent, heard)
    check_stream(target, stream, Random(heard))


def test_at_the_right_baud_rate_nothing_changes() -> None:
    data = Random(3).randbytes(500)
    assert at_wrong_baud(data, 9600, 9600) == data
    assert at_wrong_baud(data, 9600, 19200) != data


@every_target
def test_lengths_that_lie_cost_nothing_behind_them(target: Target) -> None:
    for stream in with_lies(_good(target), 16):
        check_ranges(target, stream)
        check_recovery(target, stream)


@pytest.mark.parametrize("target", FIRSTS, ids=TARGETS)
def test_noise_without_end_is_held_nowhere_and_what_follows_is_read(target: Target) -> None:
    """Try a piece of each kind, beside the MiBs of the conformance kit; `./dev bench adapters --noise-gib 4` is the
    long run."""
    for name, read in noises(target.good.stream).items():
        stream = read(0)
        decoder = target.decoder(passive=True)
        tracemalloc.start()
        try:
            decoder.start(0.0)
            for at in range(0, len(stream), 4096):
                decoder.receive(stream[at : at + 4096], 0.0)
            held, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert held < MEBIBYTE // 2, name
        assert peak < 2 * MEBIBYTE, name
        check_recovery(target, stream)
