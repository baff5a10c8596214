# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Whatever a TTNJ measured, in whatever pieces it arrives, is what is read."""

import struct
from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.ttnj import FAMILY
from firmware_adapters.ttnj.floats import shortest
from tests.contract.adapter_kit import decode, frames_of, readings_of, rejected_of

PROFILE = FAMILY.profile("ttj-4h32")
NUMBERS = st.one_of(st.just(0.0), st.floats(2**-13, 1e6, width=32), st.floats(-1e3, -(2**-13), width=32))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31)).map(lambda at: at.replace(microsecond=0))


@st.composite
def groups(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, datetime, float]]]:
    """Draw a group with a mask, and its content: channel, time, value."""
    at, mask, place = draw(MOMENTS), draw(st.integers(0, 255)), draw(st.integers(0, 3))
    numbers = [draw(NUMBERS) for _ in range(8)]
    head = bytes((at.second, at.minute, at.hour, at.day, at.month, 1, at.year - 2000, mask, place))
    wells = [struct.pack(">ff", 0.5, number) if mask >> i & 1 else bytes(8) for i, number in enumerate(numbers)]
    said = [(place * 8 + i + 1, at, number) for i, number in enumerate(numbers) if mask >> i & 1]
    return head + b"".join(wells), said


@settings(deadline=None)
@given(st.lists(groups(), max_size=5), st.lists(st.integers(0, 400), max_size=6))
def test_groups_in_pieces(made: list[tuple[bytes, list[tuple[int, datetime, float]]]], cuts: list[int]) -> None:
    stream = b"\x1b\x33\x1b\xc1" + b"".join(group for group, _ in made) + b"\x1b\xfe"
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[first:last] for first, last in pairwise(edges)]
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), chunks)
    assert not rejected_of(outputs)
    assert len(frames_of(outputs)) == len(made)
    told = [(reading.channel, reading.measured_at, reading.value) for reading in readings_of(outputs)]
    assert told == [one for _, said in made for one in said]


@settings(deadline=None)
@given(
    st.lists(st.tuples(MOMENTS, st.integers(1, 255), st.integers(0, 1)), min_size=1, max_size=5),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 400), max_size=6),
)
def test_any_mask_from_either_end_and_groups_of_either_form(
    made: list[tuple[datetime, int, int]], from_the_top: bool, is_high_half: bool, cuts: list[int]
) -> None:
    stream, wanted = b"\x1b\xc1", []
    for at, mask, place in made:
        used = [i for i in range(8) if (mask << i & 0x80 if from_the_top else mask >> i & 1)]
        group = (place + 1) << 4 if is_high_half else place
        head = bytes((at.second, at.minute, at.hour, at.day, at.month, 1, at.year - 2000, mask, group))
        stream += head + b"".join(struct.pack(">ff", 0.5, i) if i in used else bytes(8) for i in range(8))
        wanted += [(place * 8 + i + 1, at, float(i)) for i in used]
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream) + 2]
    stream += b"\x1b\xfe"
    chunks = [stream[first:last] for first, last in pairwise(edges)]
    for name in ("ttj-16", "ttj-24", "ttj-4h32"):
        outputs = decode(FAMILY.decoder(FAMILY.profile(name), passive=True), chunks)
        assert [(one.channel, one.measured_at, one.value) for one in readings_of(outputs)] == wanted
        assert not [one for one in readings_of(outputs) if one.flags and one.flags != ("ambiguous_clock",)]


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_that_number_and_no_digit_too_long(number: float) -> None:
    text = shortest(number)
    assert struct.pack(">f", float(text)) == struct.pack(">f", number)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_bytes_without_a_start_mark_make_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
