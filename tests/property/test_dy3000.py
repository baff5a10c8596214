# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever a DY-7200 wrote, in whatever pieces it arrives, is what is read."""

from datetime import datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.clocks import dos_stamp, dos_time
from firmware_adapters.contract import Specimen
from firmware_adapters.dy3000 import FAMILY, requests
from firmware_adapters.dy3000.simulator import VirtualDy3000, lines
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of

PROFILE = FAMILY.profile("dy-7200")
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(
    lambda at: at.replace(second=at.second // 2 * 2, microsecond=0)
)
SPECIMENS = st.builds(
    lambda number, name, tenths, at: Specimen(str(number), name, "formaldehyde", tenths / 10, at),
    st.integers(0, 99999),
    st.sampled_from(["白菜", "韭菜", "小白菜", "A1"]),
    st.integers(-50, 100_000),
    MOMENTS,
)


@settings(deadline=None)
@given(st.lists(SPECIMENS, max_size=6), st.integers(0, 2**32))
def test_records_in_pieces(specimens: list[Specimen], seed: int) -> None:
    tester = VirtualDy3000("7200", lines)
    for specimen in specimens:
        tester.measure(specimen)
    stream = b"".join(request + tester.receive(request, 0.0) for request in (requests.identity(), requests.records(2)))
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(stream, Random(seed)))
    assert not rejected_of(outputs)
    assert [
        (reading.sample_number, reading.commodity, reading.item, reading.value, reading.measured_at)
        for reading in readings_of(outputs)
    ] == [(s.number, s.commodity, s.item, s.value, s.measured_at) for s in specimens]


@settings(deadline=None)
@given(MOMENTS)
def test_a_32_bit_time_goes_there_and_back(at: datetime) -> None:
    assert dos_time(dos_stamp(at)).at == at


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
