"""A short run with fixed seeds, and the findings of longer ones.

python -m tests.simulate --minutes 60 --seed 7      # a long one
"""

import pytest

from tests.simulate import diary
from tests.simulate.centre import House
from tests.simulate.machine import HARMS, play, run, shortest

# Each broke a promise before the mends of 2026-11-28.
FOUND = {
    "equal tests of one message": """
        measure(box=0, device='astm', samples=[('2', 60.0), ('2', 60.0)])
        settle()
    """,
    "the samples of the next day": """
        measure(box=0, device='astm', samples=[('1', 60.0)])
        settle()
        wait(hours=24)
        measure(box=0, device='astm', samples=[('1', 60.0)])
        settle()
    """,
    "message ids that begin anew": """
        measure(box=0, device='hl7-sent', samples=[('1', 12.5)])
        measure(box=0, device='hl7-sent', samples=[('1', 60.0)])
        wait(hours=23)
        restart_analyzers()
        measure(box=0, device='hl7-sent', samples=[('1', 12.5)])
        measure(box=0, device='hl7-sent', samples=[('1', 60.0)])
        settle()
    """,
    "a memory read again with another message time": """
        measure(box=0, device='hl7-sent', samples=[('1', 60.0)])
        wait(hours=1)
        read_memory(box=0, device='hl7-sent')
        settle()
    """,
    "an older copy is put back": """
        keep_copy(box=0)
        measure(box=0, device='hl7', samples=[('1', 12.5)])
        settle()
        restore(box=0, copy=0)
        measure(box=0, device='hl7', samples=[('2', 60.0), ('3', 12.5), ('4', 60.0)])
        settle()
    """,
    "and again": """
        keep_copy(box=0)
        measure(box=0, device='hl7', samples=[('1', 12.5)])
        settle()
        restore(box=0, copy=0)
        measure(box=0, device='hl7', samples=[('2', 60.0)])
        send(box=0, turns=2)
        take(most=100, clerk=0)
        restore(box=0, copy=0)
        measure(box=0, device='hl7', samples=[('3', 60.0), ('4', 60.0)])
        settle()
    """,
    "the tail is lost": """
        tidy(box=0)
        measure(box=0, device='astm-timed', samples=[('1', 12.5)])
        settle()
        lose_tail(box=0)
        measure(box=0, device='astm-timed', samples=[('2', 60.0)])
        settle()
    """,
    "two boxes are one station": """
        settle()
        clone(box=0)
        measure(box=0, device='hl7', samples=[('1', 60.0)])
        measure(box=1, device='hl7', samples=[('2', 60.0)])
        settle()
    """,
    "a copy of a box that only talks": """
        clone(box=1)
        restart(box=0)
        settle()
    """,
    "what waits in a box that is cloned": """
        measure(box=0, device='hl7', samples=[('1', 12.5)])
        clone(box=0)
        crash(box=0)
        settle()
    """,
    "what the lost tail held was delivered": """
        measure(box=0, device='astm-timed', samples=[('7', 60.0)])
        restart(box=1)
        settle()
        lose_tail(box=0)
        settle()
    """,
    "two boxes are mixed in one stream": """
        clone(box=1)
        send(box=0, turns=1)
        measure(box=1, device='astm-timed', samples=[('1', 60.0)])
        send(box=1, turns=2)
        measure(box=0, device='hl7-sent', samples=[('2', 12.5), ('2', 12.5)])
        send(box=1, turns=4)
        settle()
    """,
    "what a given-up stream lacks came in the next one": """
        keep_copy(box=0)
        crash(box=0)
        settle()
        restore(box=0, copy=0)
        measure(box=1, device='astm-timed', samples=[('1', 12.5), ('2', 60.0)])
        send(box=0, turns=4)
        wait(hours=24)
        settle()
    """,
    "what a spool without its tail gave up came in the next one": """
        measure(box=0, device='astm', samples=[('2', 60.0)])
        restart(box=1)
        send(box=1, turns=4)
        send(box=1, turns=3)
        measure(box=0, device='astm-timed', samples=[('2', 60.0)])
        send(box=0, turns=1)
        lose_tail(box=1)
        settle()
    """,
    "what a spool with and without its tail have in common": """
        keep_copy(box=0)
        send(box=1, turns=2)
        restart_analyzers()
        measure(box=1, device='astm', samples=[('2', 60.0)])
        send(box=1, turns=3)
        restore(box=0, copy=2)
        settle()
    """,
    "a memory read by a spool that has not seen it": """
        keep_copy(box=0)
        measure(box=0, device='astm', samples=[('1', 60.0)], mishap='switched_off')
        settle()
        restore(box=0, copy=0)
        read_memory(box=0, device='astm')
        settle()
    """,
    "a station in 1970": """
        set_station_clock(box=0, to='1970')
        measure(box=0, device='hl7', samples=[('1', 60.0)])
        settle()
    """,
    "a station in 2039": """
        set_station_clock(box=0, to='2039')
        measure(box=0, device='hl7', samples=[('1', 12.5)])
        settle()
    """,
    "ingest a day ahead": """
        shift_centre_clock(days=1)
        measure(box=0, device='hl7', samples=[('1', 60.0)])
        settle()
    """,
    "ingest two days behind": """
        shift_centre_clock(days=-2)
        measure(box=0, device='hl7', samples=[('1', 60.0)])
        settle()
    """,
    # The start of an agent came before the event below it: it was never looked at, and the old spool was a second box.
    "the start of a spool that was put back comes above a hole": """
        settle()
        measure(box=1, device='astm-timed', samples=[('1', 12.5)])
        measure(box=0, device='hl7', samples=[('2', 60.0)])
        keep_copy(box=0)
        lose_tail(box=1)
        settle()
        restore(box=1, copy=1)
        settle()
    """,
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_is_not_found_again(open_house: House, name: str) -> None:
    run(open_house, diary.read(FOUND[name]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_machine_finds_nothing(open_house: House, seed: int) -> None:
    # Among tests that are alike one that is lost may hide behind one that is there twice.
    harms = set(HARMS) - {"alike"} if seed % 2 else HARMS
    machine = play(open_house, seed=seed, runs=15, steps=25, harms=harms)
    if machine.found:
        pytest.fail(str(shortest(open_house, machine.found[-1])))
