"""No byte that erases or sets can leave this program. An erase command sits one byte from a read command on several
testers, so every family that asks lists its requests (`Family.requests`), and here they are held against the known
commands that erase."""

import re
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Send
from firmware_adapters.registry import Family, families

# Known commands that erase, by their bytes; none of them is anywhere else in this program.
ERASE = {
    "TTNJ, TTJ": b"\x1b\xb9",
    "DY-6200, DY-6400": b"\x6a\x5d",
    "DY-6200, DY-6400 (the command byte alone)": b"\x5d",
}
ASKING = {name: family for name, family in families().items() if family.requests}


def test_there_are_families_that_ask() -> None:
    assert ASKING


@pytest.mark.parametrize("family", ASKING.values(), ids=ASKING)
@settings(deadline=None)
@given(data=st.data())
def test_no_request_of_the_table_is_or_begins_as_a_command_that_erases(family: Family, data: st.DataObject) -> None:
    for request in family.requests:
        sent = data.draw(st.from_regex(request.pattern, fullmatch=True))
        for tester, command in ERASE.items():
            assert not sent.startswith(command), f"{family.name} {request.name}: erases {tester}"


@pytest.mark.parametrize("family", ASKING.values(), ids=ASKING)
def test_a_request_without_parameters_holds_no_command_that_erases_anywhere(family: Family) -> None:
    for request in family.requests:
        fixed = re.sub(rb"\\(.)", rb"\1", request.pattern.pattern)
        if re.escape(fixed) != request.pattern.pattern:
            continue  # it has parameters: the test above draws them
        for tester, command in ERASE.items():
            assert command not in fixed, f"{family.name} {request.name}: erases {tester}"


@pytest.mark.parametrize("family", ASKING.values(), ids=ASKING)
def test_what_the_decoders_really_send_is_in_the_table(family: Family) -> None:
    """To a tester that answers, and to one that is silent from the third request on."""
    for profile in family.shipped().values():
        for patience in (400, 3):
            decoder = family.decoder(profile, today=lambda: date(2026, 3, 5))
            simulator, now = family.simulator(profile, Random(1)), 0.0
            sent = [output.data for output in decoder.start(now) if isinstance(output, Send)]
            for step in range(400):
                answer = simulator.receive(sent[-1], now) if sent and step < patience else b""
                decoder.receive(answer + simulator.tick(now), now)
                if decoder.deadline is None:
                    break
                now = max(now, decoder.deadline) + 0.001
                sent += [output.data for output in decoder.tick(now) if isinstance(output, Send)]
            assert sent, f"{profile.name} never asked"
            for request in sent:
                assert any(row.allows(request) for row in family.requests), request.hex(" ")
            assert not getattr(simulator, "was_erased", False)
