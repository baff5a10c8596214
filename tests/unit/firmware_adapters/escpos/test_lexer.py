"""Commands and their lengths, line ends, charsets, sizes, lies."""

import pytest

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output
from firmware_adapters.escpos import FAMILY
from firmware_adapters.escpos.commands import MAX_COMMAND
from firmware_adapters.profile import ProfileError, parse_profile
from tests.contract.adapter_kit import decode, readings_of, rejected_of


def outputs_of(*chunks: bytes, settings: str = "", charset: str = "cp437") -> list[Output]:
    profile = parse_profile(
        f'name = "x"\nfamily = "escpos"\nmaker = "x"\nmodel = "x"\nevidence = "simulator"\ncharset = "{charset}"\n'
        f'[settings]\n{settings}\n[[settings.line]]\nitem = "text"\npattern = ".+"\n',
        "mine.toml",
    )
    return decode(FAMILY.decoder(profile, passive=True), chunks)


def texts(*chunks: bytes, settings: str = "", charset: str = "cp437") -> list[str]:
    return [reading.value_text for reading in readings_of(outputs_of(*chunks, settings=settings, charset=charset))]


COMMANDS = {
    "ESC @": b"\x1b@",
    "ESC a": b"\x1ba1",
    "ESC !": b"\x1b!0",
    "ESC E": b"\x1bE1",
    "ESC -": b"\x1b-1",
    "ESC 2": b"\x1b2",
    "ESC 3": b"\x1b3A",
    "ESC SP": b"\x1b A",
    "ESC $": b"\x1b$AB",
    "ESC p": b"\x1bp0<x",
    "ESC D": b"\x1bD\x08\x10AB\x00",
    "ESC D, none": b"\x1bD\x00",
    "ESC *, one byte a column": b"\x1b*\x00\x03\x00ABC",
    "ESC *, three bytes a column": b"\x1b*\x21\x02\x00ABCDEF",
    "ESC &": b"\x1b&\x01AB\x02XY\x01Z",
    "ESC 9": b"\x1b9\x00",
    "ESC (": b"\x1b(A\x03\x00ABC",
    "ESC Z": b"\x1bZ\x03\x4c\x06\x05\x00A\nB\nC",
    "GS !": b"\x1d!\x00",
    "GS v 0": b"\x1dv0\x00\x02\x00\x03\x00AB\nDEF",
    "GS v 0 of nothing": b"\x1dv0\x00\x00\x00\x03\x00",
    "GS ( L": b"\x1d(L\x04\x0002AB",
    "GS ( k": b"\x1d(k\x03\x00\x31\x43\x03",
    "GS 8 L": b"\x1d8L\x05\x00\x00\x000pABC",
    "GS k, to NUL": b"\x1dk\x04CODE39\x00",
    "GS k, counted": b"\x1dk\x49\x05{BNo\n",
    "GS *": b"\x1d*\x01\x01ABCDEFGH",
    "GS h": b"\x1dhA",
    "GS L": b"\x1dLAB",
    "GS Z": b"\x1dZ\x02",
    "GS r": b"\x1dr1",
    "GS C 0": b"\x1dC0AB",
    "FS &": b"\x1c&",
    "FS .": b"\x1c.",
    "FS !": b"\x1c!\x00",
    "FS S": b"\x1cSAB",
    "FS 2": b"\x1c2\xfe\xa1" + b"A" * 72,
    "FS p": b"\x1cp\x01\x00",
    "FS q": b"\x1cq\x01\x01\x00\x01\x00ABCDEFGH",
    "FS ( A": b"\x1c(A\x02\x000A",
    "DLE EOT": b"\x10\x04\x01",
    "DLE EOT, of ink": b"\x10\x04\x07A",
    "DLE EOT, of the cutter": b"\x10\x04\x12A",
    "DLE ENQ": b"\x10\x05\x02",
    "DLE DC4": b"\x10\x14\x01A1",
    "DLE DC4, a buzzer": b"\x10\x14\x03ABCDE",
    "DLE DC4, a status": b"\x10\x14\x07A",
    "DLE DC4, clear": b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
    "DC2 #": b"\x12#A",
    "DC2 *": b"\x12*\x03\x02AB\nDEF",
    "DC2 V": b"\x12V\x02\x00" + b"A" * 96,
    "ESC D, as many as there can be": b"\x1bD" + bytes(range(1, 33)) + b"\x00",
    "ESC C": b"\x1bCA",
    "ESC q": b"\x1bq",
    "GS &": b"\x1d&AB",
    "GS j": b"\x1djA",
    "GS g 0": b"\x1dg0AAB",
    "GS C 1": b"\x1dC1ABCDEF",
    "GS C ;": b"\x1dC;1;65535;10;1;0;",
    "GS D": b"\x1dD0C0AB01BM\x14\x00\x00\x00ABCDEFGHIJKLMN",
    "FS C": b"\x1cCA",
    "FS L": b"\x1cL",
    "FS a 0": b"\x1ca0A",
    "FS a 1": b"\x1ca1",
    "FS b": b"\x1cb",
    "FS g 1": b"\x1cg1\x00\x00\x00\x00\x00\x03\x00A\nB",
    "FS g 2": b"\x1cg2\x00\x00\x00\x00\x00\x03\x00",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_argument_becomes_text_and_none_of_the_text_an_argument(command: bytes) -> None:
    stream = command + b"before\n" + command + b"behind\n" + command
    whole = outputs_of(stream)
    assert [reading.value_text for reading in readings_of(whole)] == ["before", "behind"]
    assert outputs_of(*(stream[at : at + 1] for at in range(len(stream)))) == whole
    assert sum(output.length for output in whole if isinstance(output, FrameAccepted)) == len(stream)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_is_cut_off_is_rejected_whole(command: bytes) -> None:
    for end in range(1, len(command)):
        outputs = outputs_of(b"text\n" + command[:end])
        assert [reading.value_text for reading in readings_of(outputs)] == ["text"]
        (rejected,) = rejected_of(outputs)
        assert (rejected.reason, rejected.offset, rejected.data) == ("truncated", 5, command[:end])


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"a\nb\rc\r\nd\n", ["a", "b", "c", "d"]),
        (b"a\n\n\nb\r\r\n", ["a", "b"]),
        (b"a\x1bd\x02b\x1bJ\x10c\x0cd\n", ["a", "b", "c", "d"]),
        (b"a\x1dV\x00b\x1b@c\n", ["a", "b", "c"]),
        (b"a\tb  \n  c\n", ["a\tb", "  c"]),
        (b"a\n\rb\n\r\n\rc\r\n\r\nd\n", ["a", "b", "c", "d"]),
        (b"a\x1bK\x10b\x1bic\x1bm", ["a", "b", "c"]),
        (b"a\x1b$\xc8\x00b\n\x1b$\x10\x00c\x1b\\\x18\x00d\x1b\\\x02\x00e\x1b\\\xf4\xfff\n", ["a\tb", "c\tdef"]),
        (b"a\t\x1b$\xc8\x00\x1b$\xc8\x00b\x1b$\x00\x00\n", ["a\tb"]),
        (b"\x1bLa\x1d$\x10\x00b\x1d\\\x10\x00c\x1bW12345678d\x1bT0e\x1b\x0cf\x0cg\x1d$\x10\x00h\n", [*"abcdef", "gh"]),
    ],
)
def test_line_ends(stream: bytes, lines: list[str]) -> None:
    assert texts(stream) == lines
    assert texts(*(stream[at : at + 1] for at in range(len(stream)))) == lines


def test_a_lesser_column_ends_the_list_of_tab_stops_and_is_none_of_it() -> None:
    stream = b"\x1bD\x08\x20\x1ba1one\n\x1bD\x08\x50Bread\n"
    assert texts(stream) == ["one", "Bread"]
    assert texts(*(stream[at : at + 1] for at in range(len(stream)))) == ["one", "Bread"]


def test_the_charset_is_said_by_commands_or_by_the_profile() -> None:
    price = "价格 5°".encode("gb18030")
    assert texts(b"\x1c&" + price + b"\n") == ["价格 5°"]
    assert texts(price + b"\n", charset="gb18030", settings="is_chinese = true") == ["价格 5°"]
    assert texts(price + b"\n", charset="gb18030") == ["价格 5°"]
    assert texts(b"\x1b9\x01" + "价格".encode() + b"\n") == ["价格"]
    assert texts(b"\x1c&" + price + b"\x1c.\xf8C\n") == ["价格 5°°C"]
    assert texts(b"\x1bt\x10\x80\n\x1bt\x11\x80\n\x1b@\x80\n") == ["€", "А", "Ç"]


def test_more_ways_to_say_the_charset() -> None:
    assert texts(b"\x1c(C\x02\x0002" + "价格 5€".encode() + b"\n\x1c(C\x02\x0001\xf8\n") == ["价格 5€", "°"]
    assert texts(b"\x1cC\x01" + "領収書 ｱ".encode("cp932") + b"\n") == ["領収書 ｱ"]
    assert texts(b"\x1c&" + "영수증".encode("cp949") + b"\x1c.\n", charset="cp949") == ["영수증"]
    assert texts(b"\x1bt\x01\x95\x95\xb1\xf1\n\x1bt\x0d\xd5\n\x1bt\x25\x25\n\x1bt\x1e\xb8\n") == [
        "──ｱ円",
        "€",
        "%",
        "á",
    ]
    assert texts(b"\x1bR\x03#5 \x1bR\x02[\x1bR\x00[\n") == ["£5 Ä["]
    assert texts(b"\x1bR\x0f$1\x1b@\n$1\n") == ["¥1", "$1"]
    assert texts(b"\x1bR\x0f\x1c&" + "猏$".encode("gb18030") + b"\n") == ["猏¥"]


def test_the_code_pages_are_the_printers_own_where_the_profile_says_so() -> None:
    settings = 'code_pages = { "21" = "cp852", "70" = "cp1251" }'
    assert texts(b"\x1bt\x15\xa5\x1bt\x46\xc0\x1bt\x11\x80\n", settings=settings) == ["ąАА"]
    with pytest.raises(ProfileError, match="'cp0' is no charset"):
        outputs_of(settings='code_pages = { "21" = "cp0" }')
    with pytest.raises(ProfileError, match="'300': a number from 0 to 255"):
        outputs_of(settings='code_pages = { "300" = "cp437" }')


def test_signs_of_an_unknown_code_page_are_flagged() -> None:
    plain, beyond, known = readings_of(outputs_of(b"\x1bt\xc8plain\n\x80\n\x1bt\x00\x80\n"))
    assert (plain.flags, beyond.flags, known.flags) == ((), ("unknown_code_page",), ())


def test_a_character_outside_the_charset_is_flagged() -> None:
    (reading,) = readings_of(outputs_of(b"\x1c&ok \xff\xff\n"))
    assert reading.flags == ("bad_charset",)


@pytest.mark.parametrize("command", [b"\x1d!\x11", b"\x1d!\x01", b"\x1b!\x30", b"\x1c!\x0c", b"\x1cW\x01"])
def test_large_lines_are_marked_where_the_profile_asks_for_it(command: bytes) -> None:
    off = command[:2] + b"\x00"
    stream = command + b"TITLE\n" + off + b"row\n" + command + b"\x1b@row\n"
    assert texts(stream, settings='mark_large = "# "') == ["# TITLE", "row", "row"]
    assert texts(stream) == ["TITLE", "row", "row"]


def test_spacing_codes_are_columns_where_the_profile_says_so_and_noise_elsewhere() -> None:
    stream = b"1\x02two\x053\n"
    assert texts(stream, settings="columns = [2, 5]") == ["1\ttwo\t3"]
    outputs = outputs_of(stream)
    assert [reading.value_text for reading in readings_of(outputs)] == ["1two3"]
    assert [output for output in outputs if isinstance(output, Noise)] == [Noise(1, b"\x02"), Noise(5, b"\x05")]


def test_a_printers_own_command_is_taken_with_the_length_that_the_profile_gives() -> None:
    assert texts(b"\x1bW\x01abcdefghi\n", settings='commands = { "1B57" = 1 }') == ["abcdefghi"]
    assert texts(b"\x1bW\x01abcdefghi\n") == ["hi"]


def test_an_unknown_command_is_noise_and_the_line_goes_on() -> None:
    outputs = outputs_of(b"one\x1b~two\n")
    assert [reading.value_text for reading in readings_of(outputs)] == ["onetwo"]
    assert [output for output in outputs if isinstance(output, Noise)] == [Noise(3, b"\x1b~")]


@pytest.mark.parametrize(
    "lie",
    [b"\x1dv0\x00\xff\xff\xff\xff", b"\x1b*\x21\xff\xff", b"\x1d8L\xff\xff\xff\xff", b"\x1cq\xff\xff\xff\xff\xff"],
)
def test_a_length_that_cannot_be_is_refused_at_once_and_what_follows_is_read(lie: bytes) -> None:
    stream = lie + b"\r\nnext line\n"
    whole = outputs_of(stream)
    assert rejected_of(whole)[0] == FrameRejected("length", 0, lie[:2])
    assert readings_of(whole)[-1].value_text == "next line"
    assert outputs_of(*(stream[at : at + 1] for at in range(len(stream)))) == whole


def test_a_picture_may_be_as_large_as_paper_allows() -> None:
    rows = MAX_COMMAND // 128 - 1
    picture = b"\x1dv0\x00\x80\x00" + rows.to_bytes(2, "little") + b"\n" * (128 * rows)
    assert texts(b"a\n" + picture + b"b\n") == ["a", "b"]


def test_a_length_that_lies_a_little_costs_what_was_sent_until_silence() -> None:
    decoder = FAMILY.decoder(FAMILY.profile())
    decoder.start(0.0)
    assert readings_of(decoder.receive(b"\x1dv0\x00\x30\x00\x20\x00a whole ticket\n", 1.0)) == []
    assert decoder.deadline == 6.0
    (rejected,) = decoder.tick(6.0)
    assert isinstance(rejected, FrameRejected)
    assert (rejected.reason, len(rejected.data)) == ("timeout", 23)
    assert [reading.value_text for reading in readings_of(decoder.receive(b"the next\n", 9.0))] == ["the next"]


def test_what_a_lying_picture_swallowed_is_read_from_the_next_ticket_on() -> None:
    lie = b"\x1dv0\x00\x30\x00\x20\x00a line of its own ticket\n"
    stream = (
        b"before\n"
        + lie
        + b"\x1b@the next\nTOTAL  9.99\n"
        + lie
        + b"\x1b@\x1dv0\x00\x30\x00\x20\x00"
        + b"\x1b@last\nhalf"
    )
    outputs = outputs_of(stream)
    assert [reading.value_text for reading in readings_of(outputs)] == ["before", "the next", "TOTAL  9.99", "last"]
    found = [(rejection.reason, rejection.data) for rejection in rejected_of(outputs)]
    assert found == [("truncated", lie), ("truncated", lie), ("truncated", lie[:8]), ("truncated", b"half")]
    assert outputs_of(*(stream[at : at + 1] for at in range(len(stream)))) == outputs


def test_a_code_that_is_cut_off_begins_no_ticket() -> None:
    code = b"\x1dk\x49\x20{B\x1b@not a line\n"
    (rejected,) = rejected_of(outputs_of(code))
    assert rejected.data == code


def test_a_line_without_end_is_cut_where_the_paper_would_be() -> None:
    assert [len(text) for text in texts(b"x" * 2500 + b"\n")] == [1024, 1024, 452]


def test_a_line_without_its_end_is_no_line() -> None:
    (rejected,) = rejected_of(outputs_of(b"one\ntw"))
    assert (rejected.reason, rejected.data) == ("truncated", b"tw")


@pytest.mark.parametrize(
    ("settings", "key"),
    [("columns = [10]", "settings.columns"), ('commands = { "1B" = 1 }', "settings.commands"), ("x = 1", "settings.x")],
)
def test_a_wrong_profile_is_refused_with_its_file_and_key(settings: str, key: str) -> None:
    with pytest.raises(ProfileError, match=rf"^mine\.toml:\d+: {key}"):
        outputs_of(settings=settings)


def test_a_line_of_columns_and_text_ends_at_its_bound_too() -> None:
    # Found by fuzzing: a step to the next column behind 1023 bytes of text made the line longer than its bound, and the
    # text behind it was read twice.
    for columns in (1, 2, 3, 2000):
        stream = b"a" * 1023 + b"\t" * columns + b"b\n"
        outputs = outputs_of(stream)
        ranges = [(output.offset, output.length) for output in outputs if isinstance(output, FrameAccepted)]
        assert [at for at, _ in ranges] == [0, *(at + size for at, size in ranges[:-1])]
        assert sum(size for _, size in ranges) == len(stream)
        assert outputs == outputs_of(*(stream[at : at + 1] for at in range(len(stream))))


def test_a_line_feed_behind_a_column_is_no_second_half_of_a_line_end() -> None:
    outputs = outputs_of(b"one\r\t\ntwo\n")
    assert [output.length for output in outputs if isinstance(output, FrameAccepted)] == [4, 2, 4]
