"""ASTM against machines' imagination: any message, cut and framed in any way, is read back; any bytes are survived."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware_adapters.astm import FAMILY
from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Reading, Send
from tests.contract.adapter_kit import decode, noise_of, readings_of, rejected_of
from wire.terms import TimeSource

FORBIDDEN = "".join(map(chr, range(0x20))) + "\x7f"
texts = st.text(st.characters(codec="latin-1", exclude_characters=FORBIDDEN), max_size=12).map(str.strip)
delimiters = st.lists(st.sampled_from("|\\^&`!~@$%"), min_size=4, max_size=4, unique=True)
numbers = st.decimals(-10_000, 10_000, allow_nan=False, places=3).map(str)


@st.composite
def cuts(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    places = sorted(draw(st.sets(st.integers(1, max(1, len(whole) - 1)), max_size=12)))
    edges = [0, *places, len(whole)]
    return [whole[first:last] for first, last in pairwise(edges)]


def escaped(text: str, marks: list[str]) -> str:
    names = dict(zip(marks, "FRSE", strict=True))
    return "".join(f"{marks[3]}{names[char]}{marks[3]}" if char in names else char for char in text)


def framed(pieces: list[bytes], first: int, *, has_etb: bool) -> bytes:
    stream = b"\x05"
    for place, piece in enumerate(pieces):
        is_last = place + 1 == len(pieces) or not has_etb
        body = b"%d%s%s" % ((first + place) % 8, piece, b"\x03" if is_last else b"\x17")
        stream += b"\x02" + body + b"%02X\r\n" % (sum(body) % 256)
    return stream + b"\x04"


@given(st.data(), delimiters, texts, st.lists(st.tuples(texts, numbers, texts), max_size=5), st.sampled_from((0, 1)))
def test_a_message_with_any_delimiters_cut_anywhere_is_read_back(
    data: st.DataObject, marks: list[str], sample: str, results: list[tuple[str, str, str]], first: int
) -> None:
    field, repeat, component, escape = marks
    records = [f"H{field}{repeat}{component}{escape}{field}{field}", f"O{field}1{field}{escaped(sample, marks)}"]
    for place, (item, value, unit) in enumerate(results, start=1):
        test = component * 3 + escaped("i" + item, marks)
        records.append(field.join(("R", str(place), test, value, escaped(unit, marks))))
    whole = "".join(f"{record}\r" for record in (*records, f"L{field}1")).encode("latin-1")
    stream = framed(data.draw(cuts(whole)), first, has_etb=True)
    for passive in (True, False):
        outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=passive), data.draw(cuts(stream)))
        read = [(reading.item, reading.value, reading.unit, reading.sample_number) for reading in readings_of(outputs)]
        assert read == [("i" + item, float(value), unit, sample) for item, value, unit in results]
        assert rejected_of(outputs) == []
        assert noise_of(outputs) == []


orders = st.lists(st.lists(st.none() | st.integers(0, 59), min_size=1, max_size=5), min_size=1, max_size=4)


@given(st.data(), orders)
def test_a_result_without_a_time_has_the_nearest_of_its_order(
    data: st.DataObject, made: list[list[int | None]]
) -> None:
    whole, wanted = b"H|\\^&|||A|||||||P||20260101080000\r", []
    for number, seconds in enumerate(made, start=1):
        whole += b"O|%d|S%d||^^^X\r" % (number, number)
        for place, second in enumerate(seconds):
            time = b"" if second is None else b"202512310900%02d" % second
            whole += b"R|%d|^^^X|5|g||||F||||%s\r" % (place + 1, time)
            known = [at for at in reversed(seconds[: place + 1]) if at is not None]
            known += [at for at in seconds if at is not None]
            said = f"202512310900{known[0]:02d}" if known else "20260101080000"
            source = TimeSource.TEST if second is not None else TimeSource.ORDER if known else TimeSource.MESSAGE
            wanted.append((f"S{number}", said, source))
    stream = framed(data.draw(cuts(whole + b"L|1\r")), 1, has_etb=True)
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), data.draw(cuts(stream)))
    read = [(one.sample_number, one.measured_at_text, one.time_source) for one in readings_of(outputs)]
    assert read == wanted


meaningful = st.sampled_from(
    [b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15", b"\x17", b"\r", b"\n", b"1", b"R|1|"]
)
rubbish = st.lists(st.one_of(st.binary(max_size=8), meaningful), max_size=60).map(b"".join)


@given(st.data(), rubbish, st.booleans())
def test_any_bytes_are_survived_accounted_for_and_read_the_same_however_cut(
    data: st.DataObject, stream: bytes, passive: bool
) -> None:
    whole = decode(FAMILY.decoder(FAMILY.profile(), passive=passive), [stream])
    assert decode(FAMILY.decoder(FAMILY.profile(), passive=passive), data.draw(cuts(stream))) == whole
    accounted = bytearray(stream)
    for output in whole:
        match output:
            case FrameAccepted(offset, length):
                accounted[offset : offset + length] = b"\r" * length
            case FrameRejected(_, offset, body, "") | Noise(offset, body):
                assert stream[offset : offset + len(body)] == body
                accounted[offset : offset + len(body)] = b"\r" * len(body)
            case FrameRejected() | Reading() | Send():
                pass
    assert not bytes(accounted).translate(None, b"\r\n\x04\x05\x06\x15")


valid = framed([b"H|\\^&\rO|1|S1\rR|1|^^^A|1.5\r", b"O|2|S2\rR|1|^^^B|2.5\rR|2|^^^", b"C|3.5\rL|1\r"], 1, has_etb=True)


@given(st.integers(0, len(valid) - 1), st.integers(0, 255))
def test_a_damaged_byte_gives_no_value_to_another_sample(place: int, byte: int) -> None:
    stream = valid[:place] + bytes((byte,)) + valid[place + 1 :]
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    truth = {"A": (1.5, "S1"), "B": (2.5, "S2"), "C": (3.5, "S2")}
    for reading in readings_of(outputs):
        value, sample = truth[reading.item]
        assert reading.value == value
        assert reading.sample_number in ("", sample)
