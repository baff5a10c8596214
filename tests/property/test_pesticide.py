"""Properties of the pesticide family, each beside an oracle: the records that the stream was made of."""

# ruff: noqa: DTZ001 - the clock of a device has no zone
import struct
from datetime import datetime
from itertools import pairwise
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from firmware_adapters.checksums import crc8
from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output, Reading, Specimen
from firmware_adapters.pesticide import FAMILY
from firmware_adapters.pesticide.frames import encode
from firmware_adapters.pesticide.simulator import Quirks, Tl310
from tests.unit.firmware_adapters.pesticide.line import Line, profile

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)).map(
    lambda moment: moment.replace(microsecond=0)
)
NAMES = st.text(st.sampled_from("白菜韭萝卜芹葱豆角瓜"), max_size=3)
LZ_RECORDS = st.tuples(st.integers(0, 65535), NAMES, MOMENTS, st.integers(-10000, 11000))
NOISE = st.binary(max_size=30).map(lambda noise: noise.replace(b"\x7e", b""))


def _lz_frame(number: int, name: str, moment: datetime, value: int, total: int) -> bytes:
    at = bytes((moment.year - 2000, moment.month, moment.day, moment.hour, moment.minute, moment.second))
    return encode(0x11, struct.pack("<HHH6s6sh", total, 0, number, name.encode("gbk"), at, value))


def _value(hundredths: int) -> float | None:
    """Return the value. FFFF is erased memory, not -0.01 %: the profile's `not_available`."""
    return None if hundredths == -1 else hundredths / 100


def _decode(stream: bytes, cuts: list[int] | None = None) -> list[Output]:
    decoder = FAMILY.decoder(FAMILY.profile(), passive=True)
    outputs = decoder.start(0.0)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts or []), len(stream)]
    for first, last in pairwise(edges):
        outputs += decoder.receive(stream[first:last], 0.0)
    return outputs + decoder.stop(0.0)


@example([((1, "白菜", datetime(2026, 3, 5), -1), b"")], b"", [])
@given(
    st.lists(st.tuples(LZ_RECORDS, NOISE), min_size=1, max_size=6), NOISE, st.lists(st.integers(0, 10_000), max_size=30)
)
def test_records_amid_noise_are_read_as_they_were_made(
    parts: list[tuple[tuple[int, str, datetime, int], bytes]], first: bytes, cuts: list[int]
) -> None:
    stream = first + b"".join(_lz_frame(*record, total=len(parts)) + noise for record, noise in parts)
    outputs = _decode(stream, cuts)
    read = [
        (int(output.record), output.commodity, output.measured_at, output.value)
        for output in outputs
        if isinstance(output, Reading)
    ]
    assert read == [(number, name, moment, _value(value)) for (number, name, moment, value), _ in parts]
    assert sum(len(output.data) for output in outputs if isinstance(output, Noise)) == len(first) + sum(
        len(n) for _, n in parts
    )
    assert not [output for output in outputs if isinstance(output, FrameRejected)]


@given(st.binary(max_size=400), st.lists(st.integers(0, 10_000), max_size=30), st.lists(LZ_RECORDS, max_size=3))
def test_any_bytes_come_out_once_in_order_however_they_were_cut(
    junk: bytes, cuts: list[int], records: list[tuple[int, str, datetime, int]]
) -> None:
    stream = junk[::2] + b"".join(_lz_frame(*record, total=1) + junk[:9] for record in records) + junk[1::2]
    outputs = _decode(stream)
    assert _decode(stream, cuts) == outputs
    assert _decode(stream, list(range(len(stream)))) == outputs
    at = 0
    for output in outputs:
        match output:
            case FrameAccepted(offset, length):
                assert offset == at
                at += length
            case FrameRejected(_, offset, data) | Noise(offset, data):
                assert (offset, data) == (at, stream[at : at + len(data)])
                at += len(data)
            case _:
                pass
    assert at == len(stream)


@given(LZ_RECORDS, st.integers(0, 25), st.integers(1, 255), LZ_RECORDS)
def test_a_damaged_byte_costs_one_record_at_most(
    record: tuple[int, str, datetime, int], place: int, flip: int, good: tuple[int, str, datetime, int]
) -> None:
    frame = _lz_frame(*record, total=2)
    behind = _lz_frame(*good, total=2)
    damaged = frame[:place] + bytes((frame[place] ^ flip,)) + frame[place + 1 :]
    readings = [output for output in _decode(damaged + behind) if isinstance(output, Reading)]
    assert [reading.raw for reading in readings] == [behind]


@given(st.binary(max_size=64), st.binary(min_size=1, max_size=1), st.binary(min_size=1, max_size=1))
def test_the_check_finds_every_change_of_one_byte(data: bytes, old: bytes, new: bytes) -> None:
    assert (crc8(data + old) == crc8(data + new)) == (old == new)


@given(st.lists(st.integers(-100, 1000), min_size=1, max_size=40), st.integers(0, 2**32))
@example([0] * 23, 2492)  # the same record is damaged twice in a row
def test_a_bad_line_loses_nothing_of_a_memory(values: list[int], seed: int) -> None:
    random = Random(seed)
    tester = Tl310(random, Quirks(bad_crc=0.05, repeats=0.2, is_split=True))
    for place, value in enumerate(values):
        moment = datetime(2026, 3, 5, 9, place // 60, place % 60)
        tester.measure(Specimen(str(place), "", "pesticide_inhibition", value / 10, moment))
    line = Line(profile("tl-310", repeats=50), tester)
    line.run(300)
    read = {(reading.measured_at_text, reading.value) for reading in line.readings()}
    assert read == {
        (f"26-03-05 09:{place // 60:02d}:{place % 60:02d}", value / 10) for place, value in enumerate(values)
    }
