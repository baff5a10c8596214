"""A wrong baud rate is simulated bit by bit: the sender's line as levels over time, read again by another UART."""

from itertools import pairwise

import pytest

from firmware_adapters.profile import LineSettings
from shian.adapters.line_finding import Heard, is_sure, likely_text, ranked, score_of

TEXT = "编号 样品名称 检测结果\r\n00001 白菜 12.5 % 合格\r\nS S     12.34 g\r\n".encode("gbk") * 4
ASCII = b"US,GS,  +00123.45 g\r\nST,GS,  +00123.47 g\r\n" * 6


def sent_levels(data: bytes, line: LineSettings) -> list[tuple[float, int]]:
    """Return (when, level) for every bit, with a pause of three bits between bytes."""
    levels: list[tuple[float, int]] = [(0.0, 1)]
    at, bit_s = 0.01, 1 / line.baud
    for byte in data:
        bits = [0, *((byte >> index) & 1 for index in range(line.bytesize))]
        if line.parity in "EO":
            bits.append((sum(bits) + (line.parity == "O")) % 2)
        for bit in [*bits, 1, 1, 1, 1]:
            levels.append((at, bit))
            at += bit_s
    return [*levels, (at, 1), (at + 1.0, 1)]


def received(data: bytes, sent: LineSettings, heard: LineSettings) -> Heard:
    """Receive the bytes as a UART with the settings `heard` does."""
    levels = sent_levels(data, sent)
    falls = [new[0] for old, new in pairwise(levels) if old[1] == 1 and new[1] == 0]
    bit_s, out, errors, free_at, place = 1 / heard.baud, bytearray(), 0, 0.0, 0
    count: int

    def level(at: float) -> int:
        nonlocal place
        while place + 1 < len(levels) and levels[place + 1][0] <= at:
            place += 1
        return levels[place][1]

    for start in falls:
        if start < free_at:
            continue
        while place and levels[place][0] > start:
            place -= 1
        bits = [level(start + bit_s * (index + 1.5)) for index in range(heard.bytesize)]
        count = heard.bytesize
        if heard.parity in "EO":
            parity = level(start + bit_s * (count + 1.5))
            errors += (sum(bits) + parity + (heard.parity == "O")) % 2
            count += 1
        errors += level(start + bit_s * (count + 1.5)) == 0
        free_at = start + bit_s * (count + 1.6)
        out.append(sum(bit << index for index, bit in enumerate(bits)))
    return Heard(heard, bytes(out), errors)


TRIED = [
    LineSettings(baud=baud, bytesize=bytesize, parity=parity)
    for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
    for bytesize, parity in ((8, "N"), (7, "E"), (7, "O"), (8, "E"))
]


def test_the_simulation_gives_back_what_was_sent_at_the_right_settings() -> None:
    for line in TRIED:
        data = ASCII if line.bytesize == 7 else TEXT
        assert received(data, line, line) == Heard(line, data, 0)


@pytest.mark.parametrize("sent", TRIED, ids=lambda line: f"{line.baud}-{line.bytesize}{line.parity}")
def test_the_settings_of_a_text_are_found(sent: LineSettings) -> None:
    data = ASCII if sent.bytesize == 7 else TEXT
    scores = ranked([received(data, sent, line) for line in TRIED])
    assert scores[0].heard.line == sent
    assert scores[0].score > 0.6


@pytest.mark.parametrize("sent", [line for line in TRIED if line.parity == "N"], ids=lambda line: str(line.baud))
def test_the_baud_is_found_also_without_the_drivers_counts(sent: LineSettings) -> None:
    rates = [line for line in TRIED if line.parity == "N"]
    heard = [received(ASCII, sent, line) for line in rates]
    scores = ranked([Heard(chunk.line, chunk.data) for chunk in heard])
    assert scores[0].heard.line == sent
    assert is_sure(scores)


def test_known_frames_beat_text() -> None:
    line, other = LineSettings(), LineSettings(baud=19200)
    scores = ranked([Heard(other, b"~+~x{" * 10), Heard(line, bytes(range(128, 228)), framed=100, family="pesticide")])
    assert scores[0].heard.family == "pesticide"


def test_noise_and_silence_are_not_sure() -> None:
    noise = bytes((index * 167 + 13) % 256 for index in range(512))
    assert not is_sure(ranked([Heard(LineSettings(), noise), Heard(LineSettings(baud=19200), noise[::-1])]))
    assert not is_sure(ranked([Heard(LineSettings(), b"")]))
    assert not is_sure([])
    assert not is_sure(ranked([Heard(LineSettings(), ASCII), Heard(LineSettings(baud=19200), ASCII)]))


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\xff" * 100, b"\xf8\x80\x00" * 50, b"UUUUUUUUUU" * 10])
def test_what_a_wrong_rate_makes_is_no_text(data: bytes) -> None:
    assert likely_text(data) < 0.4


def test_few_bytes_prove_little() -> None:
    assert score_of(Heard(LineSettings(), b"OK\r\n")).score < score_of(Heard(LineSettings(), ASCII)).score / 2
