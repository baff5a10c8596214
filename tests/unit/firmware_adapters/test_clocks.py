# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Times of devices: text always, a moment where there is one."""

from datetime import datetime

import pytest

from firmware_adapters.clocks import Coding, Moment, dos_stamp, dos_time, six_bytes, written


def test_binary_and_bcd_say_the_same_in_their_own_bytes() -> None:
    at = datetime(2012, 7, 2, 16, 53, 19)
    wanted = Moment(at, "12-07-02 16:53:19")
    assert six_bytes(bytes((12, 7, 2, 16, 53, 19))) == wanted
    assert six_bytes(bytes.fromhex("120702165319"), Coding.BCD) == wanted
    assert six_bytes(bytes((12, 7, 2, 16, 53, 19)), Coding.AUTO) == wanted
    assert six_bytes(bytes.fromhex("120702165319"), Coding.AUTO) == wanted


def test_auto_takes_a_year_in_the_2020s_for_bcd_and_says_when_it_cannot_know() -> None:
    assert six_bytes(bytes.fromhex("260305091007"), Coding.AUTO) == Moment(
        datetime(2026, 3, 5, 9, 10, 7), "26-03-05 09:10:07"
    )
    unsure = six_bytes(bytes.fromhex("160305091007"), Coding.AUTO)
    assert (unsure.at, unsure.flags) == (datetime(2022, 3, 5, 9, 16, 7), ("ambiguous_clock",))


@pytest.mark.parametrize("data", ["000000000000", "63150133FFFF", "1A0D01000000", "1A021E000000"])
def test_an_impossible_moment_keeps_its_text_and_is_never_the_clock_of_the_computer(data: str) -> None:
    moment = six_bytes(bytes.fromhex(data))
    assert moment.at is None
    assert moment.text
    assert moment.flags == ("bad_time",)


def test_bytes_that_are_no_bcd_are_shown_as_they_are() -> None:
    assert six_bytes(bytes.fromhex("1A0305091007"), Coding.BCD) == Moment(None, "1a 03 05 09 10 07", ("bad_time",))


def test_a_day_or_a_minute_is_enough() -> None:
    assert six_bytes(bytes((26, 3, 5))).at == datetime(2026, 3, 5)
    assert six_bytes(bytes((26, 3, 5, 9, 41))).at == datetime(2026, 3, 5, 9, 41)


def test_a_32_bit_time_goes_there_and_back_in_steps_of_two_seconds() -> None:
    at = datetime(2026, 3, 5, 9, 41, 8)
    assert dos_stamp(at) == 26 << 25 | 3 << 21 | 5 << 16 | 9 << 11 | 41 << 5 | 4
    assert dos_time(dos_stamp(at)) == Moment(at, "26-03-05 09:41:08")
    assert dos_time(0).flags == ("bad_time",)
    with pytest.raises(ValueError, match="2000"):
        dos_stamp(datetime(1999, 1, 1))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2012-01-31 9:05:00", datetime(2012, 1, 31, 9, 5)),
        ("2012/1/31", datetime(2012, 1, 31)),
        ("12-01-31 09:05", datetime(2012, 1, 31, 9, 5)),
        ("2012年1月31日 9时5分0秒", datetime(2012, 1, 31, 9, 5)),
        ("2012年1月31日 9时5分", datetime(2012, 1, 31, 9, 5)),
        ("2012-01-31T09:05:07.123", datetime(2012, 1, 31, 9, 5, 7)),
        ("120131", datetime(2012, 1, 31)),
        ("20120131090507", datetime(2012, 1, 31, 9, 5, 7)),
    ],
)
def test_written_times(text: str, at: datetime) -> None:
    assert written(text) == Moment(at, text)


@pytest.mark.parametrize("text", ["2012-13-01", "yesterday", "1999-01-01", "12345"])
def test_written_nonsense_is_kept_and_flagged(text: str) -> None:
    assert written(text) == Moment(None, text, ("bad_time",))


def test_nothing_written_is_no_fault() -> None:
    assert written("  ") == Moment(None, "")
