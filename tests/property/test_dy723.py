# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever a DY-723PC measured, in whatever pieces it arrives, is what is read."""

from datetime import date, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Specimen
from firmware_adapters.dy723 import FAMILY
from firmware_adapters.dy723.rows import request
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of
from wire.terms import Verdict

PROFILE = FAMILY.profile()
SPECIMENS = st.builds(
    lambda item, thousandths, verdict, at: Specimen(
        "", "", item, thousandths / 1000, at.replace(microsecond=0), verdict
    ),
    st.sampled_from(["formaldehyde", "nitrite", "FINISH", "吊白块"]),
    st.integers(-1000, 10**6),
    st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.SUSPECT]),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
)


@settings(deadline=None)
@given(st.lists(SPECIMENS, max_size=12), st.integers(0, 2**32))
def test_rows_in_pieces(specimens: list[Specimen], seed: int) -> None:
    tester = FAMILY.simulator(PROFILE, Random(seed))
    for specimen in specimens:
        tester.measure(specimen)
    asked = request(date(2000, 1, 1), date(2099, 12, 31))
    chunks = random_chunks(asked + tester.receive(asked, 0.0), Random(seed))
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), chunks)
    assert not rejected_of(outputs)
    assert [
        (reading.item, reading.value, reading.verdict, reading.measured_at) for reading in readings_of(outputs)
    ] == [(s.item, s.value, s.verdict, s.measured_at) for s in specimens]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
