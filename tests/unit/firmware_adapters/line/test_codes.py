"""Scanned codes: AIM identifiers, GS1 element strings, web addresses; a code that cannot be read is still a code."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_adapters.line.codes import FNC1, read_code

GTIN = "06901234567892"


@pytest.mark.parametrize(
    ("text", "number", "extra"),
    [
        (f"]C101{GTIN}10LOT7A", f"(01){GTIN}(10)LOT7A", {"symbology": "code_128", "gtin": GTIN, "lot": "LOT7A"}),
        (
            f"\x1d01{GTIN}3103000175",
            f"(01){GTIN}(3103)000175",
            {"gtin": GTIN, "net_weight": "0.175 kg"},
        ),
        (
            f"01{GTIN}112612011526123110A\x1d21S-1",
            f"(01){GTIN}(11)261201(15)261231(10)A(21)S-1",
            {"gtin": GTIN, "produced_on": "2026-12-01", "best_before": "2026-12-31", "lot": "A", "serial": "S-1"},
        ),
        # Day 00 is the last of its month (GS1 General Specifications, 3.4); a leap day where there is one.
        (
            f"]C101{GTIN}17280200",
            f"(01){GTIN}(17)280200",
            {"symbology": "code_128", "gtin": GTIN, "expires_on": "2028-02-29"},
        ),
        # A day of harvest, and two (3.8.8); a time without minutes (3.9.5); amounts.
        (
            f"]J17007260930{FNC1}10A",
            "(7007)260930(10)A",
            {"symbology": "dotcode", "harvested_on": "2026-09-30", "lot": "A"},
        ),
        (
            f"]h17007260930261002{FNC1}37012",
            "(7007)260930261002(37)012",
            {"symbology": "han_xin", "harvested_on": "2026-09-30/2026-10-02", "count": "012"},
        ),
        ("]h0追溯码", "追溯码", {"symbology": "han_xin"}),
        (
            f"]e0800826010510{FNC1}3922001995",
            "(8008)26010510(3922)001995",
            {"symbology": "rss_ean_ucc_composite", "ai_8008": "2026-01-05T10:00:00", "ai_3922": "19.95"},
        ),
        (f"]d201{GTIN}", f"(01){GTIN}", {"symbology": "data_matrix", "gtin": GTIN}),
        (f"]Q301{GTIN}", f"(01){GTIN}", {"symbology": "qr_code", "gtin": GTIN}),
        ("]E06901234567908", "6901234567908", {"symbology": "ean_upc", "gtin": "06901234567908"}),
        ("]Q1追溯码:A01", "追溯码:A01", {"symbology": "qr_code"}),
        ("6901234567908", "6901234567908", {}),
        ("]-is no identifier", "]-is no identifier", {}),
        (
            f"https://id.gs1.org/01/{GTIN}/10/A1",
            f"https://id.gs1.org/01/{GTIN}/10/A1",
            {"gtin": GTIN, "lot": "A1"},
        ),
        ("https://t.example/c?id=1", "https://t.example/c?id=1", {}),
        ("https://]C1", "https://]C1", {}),
        # A number of a laboratory that begins with 01: its check digit is wrong, so it is no article's.
        ("0106901234567893", "0106901234567893", {}),
    ],
)
def test_what_a_code_says(text: str, number: str, extra: dict[str, str]) -> None:
    code = read_code(text)
    assert (code.number, dict(code.extra), code.flags) == (number, extra, ())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("]C10512", "0512"),
        (f"]C101{GTIN}17260230", f"(01){GTIN}(17)260230"),
        (f"]C101{GTIN}1127022910A", f"(01){GTIN}(11)270229(10)A"),
        (f"]C101{GTIN}7007260101260230", f"(01){GTIN}(7007)260101260230"),
        (f"]C101{GTIN}17261301", f"(01){GTIN}(17)261301"),
        ("]C10106901234567893", "(01)06901234567893"),
        ("]Q3追溯\x1dA", "追溯\u241dA"),
    ],
)
def test_a_code_that_says_gs1_and_is_none_is_a_code_with_its_error(text: str, number: str) -> None:
    code = read_code(text)
    assert (code.number, code.flags) == (number, ("bad_gs1",))
    assert code.extra["gs1_error"]


def test_a_wrong_date_costs_no_other_element() -> None:
    code = read_code(f"]d201{GTIN}1726023010LOT7")
    assert code.extra["gtin"] == GTIN
    assert code.extra["lot"] == "LOT7"
    assert code.extra["expires_on"] == "260230"
    assert code.extra["gs1_error"] == "(17)260230: no such date"


@pytest.mark.parametrize(
    ("bad", "shown"),
    [
        ("17261301", "(17)261301"),
        ("1726AB01", "(17)26AB01"),
        ("70032613011200\x1d", "(7003)2613011200"),
        ("3103ABC175", "(3103)ABC175"),
        ("21批次\x1d", "(21)批次"),
        ("21" + "A" * 25 + "\x1d", "(21)" + "A" * 25),
        ("2x\x1d", "(?)2x"),
    ],
)
def test_a_bad_element_costs_itself_alone(bad: str, shown: str) -> None:
    for text, number in (
        (f"]C101{GTIN}{bad}10LOT7", f"(01){GTIN}{shown}(10)LOT7"),
        (f"{FNC1}{bad}10LOT7{FNC1}01{GTIN}", f"{shown}(10)LOT7(01){GTIN}"),
    ):
        code = read_code(text)
        assert (code.number, code.flags) == (number, ("bad_gs1",))
        assert (code.extra["gtin"], code.extra["lot"]) == (GTIN, "LOT7")
        assert shown in code.extra["gs1_error"]


parts = st.sampled_from([FNC1, "]C1", "]Q3", "01" + GTIN, "10", "17", "3103", "https://", "/01/", "id.gs1.org", "?"])


@given(st.lists(parts | st.text(max_size=6), max_size=8).map("".join))
@example("]YA12")
@example("]Y9")
def test_any_text_is_a_code_and_never_an_exception(text: str) -> None:
    code = read_code(text)
    assert FNC1 not in code.number
    assert ("gs1_error" in code.extra) == ("bad_gs1" in code.flags)


@given(
    st.lists(st.tuples(st.sampled_from(["10", "21"]), st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)), max_size=3),
    st.booleans(),
)
def test_written_elements_are_read_back(elements: list[tuple[str, str]], has_identifier: bool) -> None:
    elements = list(dict(elements).items())
    body = f"01{GTIN}" + FNC1.join(ai + value for ai, value in elements)
    code = read_code(("]C1" if has_identifier else FNC1) + body)
    assert code.number == f"(01){GTIN}" + "".join(f"({ai}){value}" for ai, value in elements)
    names = {"10": "lot", "21": "serial"}
    assert {names[ai]: value for ai, value in elements}.items() <= code.extra.items()
