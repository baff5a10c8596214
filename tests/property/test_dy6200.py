# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever a DY-6200 or DY-6400 keeps, in whatever pieces it arrives, is what is read."""

import struct
from datetime import datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Specimen
from firmware_adapters.dy6200 import FAMILY
from firmware_adapters.dy6200.frames import END, HELLO, READ
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of
from wire.terms import Verdict

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(microsecond=0))


def _round_trip(name: str, specimens: list[Specimen], seed: int) -> list[tuple[object, ...]]:
    profile = FAMILY.profile(name)
    tester = FAMILY.simulator(profile, Random(seed))
    for specimen in specimens:
        tester.measure(specimen)
    stream = b"".join(request + tester.receive(request, 0.0) for request in (HELLO, READ))
    outputs = decode(FAMILY.decoder(profile, passive=True), random_chunks(stream, Random(seed)))
    assert not rejected_of(outputs)
    return [
        (reading.record, reading.item, reading.value, reading.verdict, reading.measured_at)
        for reading in readings_of(outputs)
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            lambda hundredths, verdict, at: Specimen("", "", "item-01", hundredths / 100, at, verdict),
            st.integers(0, 65535),
            st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.SUSPECT]),
            MOMENTS,
        ),
        max_size=20,
    ),
    st.integers(0, 2**32),
)
def test_records_of_a_6200_in_pieces(specimens: list[Specimen], seed: int) -> None:
    assert _round_trip("dy-6200", specimens, seed) == [
        (str(place), s.item, s.value, s.verdict, s.measured_at) for place, s in enumerate(specimens, 1)
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(lambda tenths, at: Specimen("", "", "item-01", tenths / 10, at), st.integers(0, 9999), MOMENTS),
        max_size=20,
    ),
    st.integers(0, 2**32),
)
def test_records_of_a_6400_in_pieces(specimens: list[Specimen], seed: int) -> None:
    assert _round_trip("dy-6400", specimens, seed) == [
        (str(place), s.item, s.value, None, s.measured_at.replace(hour=0, minute=0, second=0))
        for place, s in enumerate(specimens, 1)
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            lambda number, value, item, verdict, at: (
                b"\x6a" + struct.pack("<HHBB", number, value, item, verdict) + bytes.fromhex(f"{at:%y%m%d%H%M%S}")
            ),
            st.integers(0, 65535),
            st.integers(0, 65535),
            st.integers(0, 255),
            st.integers(1, 4),
            MOMENTS,
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 255).filter(lambda byte: byte != 0x6A),
    st.integers(0, 2**32),
)
def test_two_bytes_of_noise_that_begin_as_a_record_cost_none(records: list[bytes], byte: int, seed: int) -> None:
    """Put plausible bytes right before a record: it and all behind it are read, whatever they hold."""
    stream = bytes((0x6A, byte)) + b"".join(records) + END
    outputs = decode(FAMILY.decoder(FAMILY.profile("dy-6200"), passive=True), random_chunks(stream, Random(seed)))
    assert [reading.raw for reading in readings_of(outputs)] == records


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [noise]))
