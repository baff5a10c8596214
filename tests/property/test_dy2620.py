# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever pages say, in whatever pieces they arrive and with whatever between them, is what is read."""

from datetime import datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Specimen
from firmware_adapters.dy2620 import FAMILY
from firmware_adapters.dy2620.frames import page_request
from firmware_adapters.dy2620.simulator import VirtualOilTester
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))
SPECIMENS = st.builds(
    lambda at, tenths: Specimen("", "", "polar_compounds", tenths / 10, at), MOMENTS, st.integers(0, 1000)
)


@settings(deadline=None)
@given(st.lists(SPECIMENS, max_size=25), st.integers(0, 2**32))
def test_pages_in_pieces(specimens: list[Specimen], seed: int) -> None:
    tester = VirtualOilTester(Random(seed))
    for specimen in specimens:
        tester.measure(specimen)
    stream = b"".join(page_request(page) + tester.receive(page_request(page), 0.0) for page in range(3))
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), random_chunks(stream, Random(seed)))
    assert [(reading.value, reading.measured_at) for reading in readings_of(outputs)] == [
        (s.value, s.measured_at) for s in specimens
    ]
    assert not rejected_of(outputs)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [noise]))
