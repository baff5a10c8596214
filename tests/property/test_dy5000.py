# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever plates a DY-5000 read, behind whatever head and in whatever pieces they arrive, is what is read."""

from datetime import date, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Specimen
from firmware_adapters.dy5000 import FAMILY
from firmware_adapters.dy5000.blocks import request
from firmware_adapters.dy5000.simulator import VirtualElisaReader
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of

PROFILE = FAMILY.profile()
PLATES = st.lists(
    st.tuples(
        st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31)).map(lambda at: at.replace(microsecond=0)),
        st.sampled_from(["chloramphenicol", "aflatoxin_b1", "see"]),
        st.lists(st.integers(0, 999).map(lambda number: number / 100), min_size=1, max_size=24),
    ),
    max_size=3,
    unique_by=lambda plate: plate[0],
)


@settings(deadline=None)
@given(
    PLATES, st.binary(max_size=20).map(lambda head: head.replace(b"s", b"").replace(b"e", b"")), st.integers(0, 2**32)
)
def test_plates_in_pieces(plates: list[tuple[datetime, str, list[float]]], head: bytes, seed: int) -> None:
    tester = VirtualElisaReader(PROFILE, Random(seed), head=head)
    wanted = [(item, value, at, hole) for at, item, values in plates for hole, value in enumerate(values, 1)]
    for item, value, at, _ in wanted:
        tester.measure(Specimen("", "", item, value, at))
    stream = tester.receive(request(date(2026, 1, 1), date(2031, 12, 31)), 0.0)
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(stream, Random(seed), 100))
    assert not rejected_of(outputs)
    assert [
        (reading.item, reading.value, reading.measured_at, reading.channel) for reading in readings_of(outputs)
    ] == wanted


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
