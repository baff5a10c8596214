"""HL7 against an oracle: a written message is read back, in any pieces, between any noise; one answer a message."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Send
from firmware_adapters.hl7 import FAMILY
from tests.contract.adapter_kit import decode, readings_of

GENERIC = FAMILY.profile("generic")
TEXT = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp", "Co"]), max_size=20)
NUMBERS = st.lists(st.tuples(st.decimals(-1000, 1000, places=2), TEXT), min_size=1, max_size=6)
NOISE = st.binary(max_size=12).map(lambda data: bytes(byte | 0x80 for byte in data))
ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}


def escaped(text: str) -> str:
    return "".join(ESCAPES.get(char, char) for char in text)


def message(control: int, results: list[tuple[object, str]], charset: str) -> bytes:
    lines = [f"MSH|^~\\&|A|B|||20260305101500||ORU^R01|{control}|P|2.5||||||{charset}", f"OBR|1||S{control}"]
    lines += [f"OBX|{at}|NM|I{at}^{escaped(text)}||{number}|g|||||F" for at, (number, text) in enumerate(results)]
    return b"\x0b" + "".join(line + "\r" for line in lines).encode(charset) + b"\x1c\r"


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in cuts)})
    return [stream[first:last] for first, last in pairwise(edges)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NOISE, st.sampled_from(["UTF-8", "GB18030"])), max_size=4), st.lists(st.integers(0)))
def test_any_messages_between_any_noise_in_any_pieces_are_read_and_answered(
    messages: list[tuple[list[tuple[object, str]], bytes, str]], cuts: list[int]
) -> None:
    stream = b"".join(noise + message(at, results, charset) for at, (results, noise, charset) in enumerate(messages))
    outputs = decode(FAMILY.decoder(GENERIC), cut(stream, cuts))
    read = [(reading.item_name, reading.value, reading.value_text) for reading in readings_of(outputs)]
    assert read == [
        (text.strip(), float(str(number)), str(number)) for results, _, _ in messages for number, text in results
    ]
    answers = [output.data for output in outputs if isinstance(output, Send)]
    assert [f"MSA|AA|{at}\r".encode() in answer for at, answer in enumerate(answers)] == [True] * len(messages)


SHORT = GENERIC.model_copy(update={"settings": {**GENERIC.settings, "max_message": 1024}})
SIZES = st.lists(st.integers(0, 3000), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(SIZES, st.lists(st.integers(0), max_size=20), st.booleans())
def test_messages_of_any_size_are_answered_once_in_any_pieces(sizes: list[int], cuts: list[int], bare: bool) -> None:
    bodies = [message(at, [(1, "g" * size)], "UTF-8") for at, size in enumerate(sizes)]
    stream = b"".join(body[1:-2] + b"\r" if bare else body for body in bodies)
    outputs = decode(FAMILY.decoder(SHORT), cut(stream, cuts))
    fits = [len(body) - 3 <= 1024 for body in bodies]
    answers = [output.data for output in outputs if isinstance(output, Send)]
    codes = [f"MSA|{'AA' if fit else 'AE'}|{at}".encode() for at, fit in enumerate(fits)]
    assert len(answers) == (0 if bare else len(fits))
    assert all(code in answer for code, answer in zip(codes, answers, strict=False))
    assert len([output for output in outputs if isinstance(output, FrameRejected)]) == fits.count(False)
    assert len(readings_of(outputs)) == fits.count(True)
    assert not [output for output in outputs if isinstance(output, Noise)]


PARTS = st.sampled_from(
    [
        b"\x0b",
        b"\x1c",
        b"\r",
        b"\n",
        b"\r\n",
        b"MSH|^~\\&|",
        b"MSH",
        b"|ORU^R01|",
        b"OBX|1|NM|A||5|g|||||F",
        b"OBX|",
        b"M",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS | st.binary(max_size=8), max_size=40), st.lists(st.integers(0), max_size=20), st.booleans())
def test_any_bytes_in_any_pieces_come_out_once_and_the_same(parts: list[bytes], cuts: list[int], live: bool) -> None:
    stream = b"".join(parts)
    whole = decode(FAMILY.decoder(GENERIC, passive=not live), [stream])
    assert decode(FAMILY.decoder(GENERIC, passive=not live), cut(stream, cuts)) == whole
    said = bytearray(stream)
    for output in whole:
        match output:
            case FrameAccepted(offset, length):
                said[offset : offset + length] = b"\r" * length
            case FrameRejected(_, offset, data) | Noise(offset, data):
                assert stream[offset : offset + len(data)] == data
                said[offset : offset + len(data)] = b"\r" * len(data)
            case _:
                pass
    assert not said.strip(b"\r\n")
