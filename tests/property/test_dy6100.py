# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever a DY-6100 measured, in whatever pieces it arrives, is what is read."""

from datetime import datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Specimen
from firmware_adapters.dy6100 import FAMILY
from firmware_adapters.dy6100.reports import request
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of

PROFILE = FAMILY.profile()
SPECIMENS = st.builds(
    lambda light, at: Specimen("", "", "atp", float(light), at.replace(microsecond=0)),
    st.integers(0, 2**24 - 1),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
)


@settings(deadline=None)
@given(st.lists(SPECIMENS, max_size=9), st.integers(0, 2**32))
def test_reports_in_pieces(specimens: list[Specimen], seed: int) -> None:
    tester = FAMILY.simulator(PROFILE, Random(seed))
    for specimen in specimens:
        tester.measure(specimen)
    asked = [request(0x30, 1), *[request(0x31, 1)] * 3]
    stream = b"".join(request + tester.receive(request, 0.0) for request in asked)
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(stream, Random(seed)))
    assert not rejected_of(outputs)
    assert [(reading.value, reading.measured_at) for reading in readings_of(outputs)] == [
        (s.value, s.measured_at) for s in specimens
    ]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
