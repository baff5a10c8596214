# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever a DY-5800 pushes, in whatever pieces it arrives and however long its records are, is what is read."""

from datetime import datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Specimen
from firmware_adapters.dy5800 import FAMILY
from firmware_adapters.dy5800.simulator import VirtualPusher
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of

PROFILE = FAMILY.profile()
SPECIMENS = st.builds(
    lambda number, name, item, value, at: Specimen(str(number), name, item, value, at.replace(microsecond=0)),
    st.integers(0, 9_999_999),
    st.sampled_from(["白菜", "韭菜", "小白菜", "X", "P1"]),
    st.sampled_from(["formaldehyde", "nitrite", "PX"]),
    st.integers(0, 999).map(lambda number: number / 100) | st.integers(0, 99999).map(float),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
)


@settings(deadline=None)
@given(st.lists(SPECIMENS, max_size=8), st.integers(150, 175), st.integers(0, 2**32))
def test_records_in_pieces(specimens: list[Specimen], size: int, seed: int) -> None:
    tester = VirtualPusher(PROFILE, Random(seed), size=size, apart_s=0.0)
    for specimen in specimens:
        tester.measure(specimen)
    stream = b"".join(tester.tick(float(step)) for step in range(len(specimens)))
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(stream, Random(seed)))
    assert not rejected_of(outputs)
    assert [
        (reading.sample_number, reading.commodity, reading.item, reading.value, reading.measured_at)
        for reading in readings_of(outputs)
    ] == [(s.number, s.commodity, s.item, s.value, s.measured_at) for s in specimens]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
