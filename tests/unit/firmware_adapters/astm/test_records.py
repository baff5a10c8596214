"""Delimiters, escapes and charsets."""

import pytest

from firmware_adapters.astm.records import (
    Delimiters,
    Record,
    declared_delimiters,
    has_record_start,
    parse_record,
    starts_message,
)

GX = Delimiters("|", "@", "^", "\\")


def record(raw: bytes, delimiters: Delimiters | None = None, charset: str = "latin-1") -> Record:
    parsed = parse_record(raw, delimiters or Delimiters(), charset)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("header", "delimiters"),
    [
        (b"H|\\^&|||x", Delimiters("|", "\\", "^", "&")),
        (b"H|`^&||||", Delimiters("|", "`", "^", "&")),
        (b"H|\\!~|||x", Delimiters("|", "\\", "!", "~")),
        (b"H|@^\\|id", Delimiters("|", "@", "^", "\\")),
        (b"H!~^@!x!", Delimiters("!", "~", "^", "@")),
        (b"H|\\^&", Delimiters("|", "\\", "^", "&")),
        (b"H|\\^|x", Delimiters("|", "\\", "^", "")),
        (b"H||x", Delimiters("|")),
        (b"H|^~\\&|x", Delimiters("|", "~", "^", "\\")),
    ],
)
def test_the_delimiters_are_those_of_the_header(header: bytes, delimiters: Delimiters) -> None:
    assert starts_message(header)
    assert declared_delimiters(header, "latin-1") == delimiters


@pytest.mark.parametrize("text", [b"HELLO|", b"H", b"H9|", b"R|1|", b""])
def test_what_only_looks_like_a_header_is_none(text: bytes) -> None:
    assert not starts_message(text)


def test_missing_fields_are_empty() -> None:
    assert record(b"R|1").text(9) == ""
    assert record(b"L").kind == "L"
    assert record(b"R|1|").components(3) == ("",)


def test_escapes_are_decoded_after_splitting() -> None:
    parsed = record(b"R|1|^^^A&S&B|5 &F& 6|&R&&E&|&X4D67&|&Z01& & &N&")
    assert parsed.component(3, 4) == "A^B"
    assert parsed.text(4) == "5 | 6"
    assert parsed.written(4) == "5 &F& 6"
    assert parsed.text(5) == "\\&"
    assert parsed.text(6) == "Mg"
    assert parsed.text(7) == "&Z01& & &N&"


def test_escapes_are_decoded_once() -> None:
    assert record(b"R|&E&F&E&").text(2) == "&F&"


def test_a_backslash_that_is_the_escape_repeats_nothing() -> None:
    parsed = record(b"R|1|^A^^B@^C^^D|x \\F\\ y\\Z", GX)
    assert parsed.component(3, 4) == "B"
    assert parsed.has_repeats(3)
    assert parsed.text(4) == "x | y\\Z"


def test_a_character_whose_second_byte_is_a_delimiter_is_not_split() -> None:
    # In GBK the second byte of 恷 is 0x7C, of 乗 0x5C and of 乛 0x5E.
    name = "恷乗乛"
    assert b"|" in name.encode("gbk")
    assert b"\\" in name.encode("gbk")
    assert record(b"R|1|" + name.encode("gbk") + b"|5", charset="gbk").text(3) == name


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030", "ascii"])
def test_bytes_that_the_charset_does_not_know_are_shown_and_split_nothing(charset: str) -> None:
    parsed = record(b"R|1|a\xffb|5", charset=charset)
    assert parsed.text(3) == "a\\xffb"
    assert parsed.has_repeats(3) is False
    assert parsed.text(4) == "5"


def test_a_nul_never_reaches_a_text() -> None:
    assert record(b"R|1|a\x00b&X00&").text(3) == "a\\x00b\\x00"


@pytest.mark.parametrize("raw", [b"MSH|^~\\&|", b"x|1", b"", b"RR|1", b"Z|1", b"r|1|", b"hello"])
def test_what_has_no_shape_of_a_record_is_none(raw: bytes) -> None:
    assert parse_record(raw, Delimiters(), "latin-1") is None


@pytest.mark.parametrize(
    ("text", "is_start"),
    [
        (b"R|1|^^^X", True),
        (b"\nL|1", True),
        (b"H|\\^&|", True),
        (b"R|20200407151558||", False),
        (b"R|", False),
        (b"R", False),
        (b"5.1|R|1|", False),
        (b"R^1|", False),
    ],
)
def test_after_a_hole_a_record_begins_only_where_it_surely_does(text: bytes, is_start: bool) -> None:
    assert has_record_start(text, "|") is is_start
