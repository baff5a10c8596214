"""Whatever a TT smart tester keeps, in whatever pieces it arrives, is what is read."""

from datetime import datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Specimen
from firmware_adapters.tt_smart import FAMILY
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of
from wire.terms import Verdict

PROFILE = FAMILY.profile()
AT = datetime(2026, 3, 5, 9, 41, 7)  # noqa: DTZ001 - the clock of a device has no zone
SPECIMENS = st.builds(
    lambda number, name, value, verdict: Specimen(str(number), name, "unknown", value, AT, verdict),
    st.integers(0, 65535),
    st.sampled_from(["白菜", "韭菜", "小白菜", ""]),
    st.one_of(st.just(0.0), st.floats(0.25, 1e5, width=32), st.floats(-100, -0.25, width=32)),
    st.sampled_from([Verdict.PASS, Verdict.FAIL]),
)


@settings(deadline=None)
@given(st.lists(SPECIMENS, max_size=20), st.integers(0, 2**32))
def test_groups_in_pieces(specimens: list[Specimen], seed: int) -> None:
    tester = FAMILY.simulator(PROFILE, Random(seed))
    for specimen in specimens:
        tester.measure(specimen)
    asked = [b"\x1b\xbf", b"\x1b\xb1", *[b"\x24"] * 4]
    stream = b"".join(tester.receive(request, 0.0) for request in asked)
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(stream, Random(seed), 200))
    assert not rejected_of(outputs)
    assert [
        (reading.sample_number, reading.commodity, reading.value, reading.verdict) for reading in readings_of(outputs)
    ] == [(s.number, s.commodity, s.value, s.verdict) for s in specimens]


@settings(deadline=None)
@given(st.binary(max_size=1200))
def test_bytes_without_a_start_mark_make_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
