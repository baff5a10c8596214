"""Codes of scanners: ours, GS1, and those of the market's own."""

import subprocess
import sys
from datetime import date
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.samples.codes import CodeKind, read_code, sample_code, takes

KEY = UUID("0192f0c8-0000-7000-8000-00000000002a")
MESSAGE = "0106901234567892"


def test_the_label_of_a_sample_is_read_back_whatever_the_keyboard_does_to_its_letters() -> None:
    text = sample_code("260110-001", KEY)
    for typed in (text, text.lower(), f"{text}\r"):
        code = read_code(typed)
        assert (code.kind, code.value, code.key) == (CodeKind.SAMPLE, "260110-001", KEY)
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")  # the dense mode of a QR code


@pytest.mark.parametrize(
    ("text", "lot", "expires_on", "is_doubtful"),
    [
        (f"]C1{MESSAGE}17261231" + "10L1128", "L1128", date(2026, 12, 31), False),
        (f"]d2{MESSAGE}10L1128\x1d17261231", "L1128", date(2026, 12, 31), False),
        (f"{MESSAGE}10L1128|17261231", "L1128", date(2026, 12, 31), False),
        (f"{MESSAGE}10L1128{{GS}}17261231", "L1128", date(2026, 12, 31), False),
        # The wedge lost the separator: the lot may have swallowed a date.
        (f"{MESSAGE}10L112817261231", "", None, True),
        ("https://id.gs1.org/01/06901234567892/10/L1128", "L1128", None, False),
    ],
)
def test_gs1_names_the_goods(text: str, lot: str, expires_on: date | None, is_doubtful: bool) -> None:
    code = read_code(text)
    assert (code.kind, code.gtin, code.lot) == (CodeKind.GOODS, "6901234567892", lot)
    assert (code.expires_on, code.is_doubtful) == (expires_on, is_doubtful)


@pytest.mark.parametrize("text", ["S-017", "0007", "6901234567899", "韭菜", "12", "x" * 400])
def test_an_in_house_number_is_an_answer_with_errors(text: str) -> None:
    code = read_code(text)
    assert (code.kind, code.value) == (CodeKind.TEXT, text)
    assert code.errors


def test_a_shop_code_is_goods() -> None:
    code = read_code("6901234567892")
    assert (code.kind, code.gtin, code.lot) == (CodeKind.GOODS, "6901234567892", "")


@pytest.mark.parametrize(
    ("field", "text", "is_taken"),
    [
        ("sample", sample_code("260110-001", KEY), True),
        ("sample", "6901234567892", False),
        ("stall", sample_code("260110-001", KEY), False),
        ("stall", "SHIAN-B.A-12", True),
        ("lot", "SHIAN-B.A-12", False),
        ("code", "6901234567892", True),
        ("commodity", "6901234567892", False),
        ("commodity", "韭菜", True),
        ("who", "SHIAN-O.7", True),
        ("", "SHIAN-O.7", True),
    ],
)
def test_a_code_that_arrives_in_a_field_of_another_kind_is_not_taken(field: str, text: str, is_taken: bool) -> None:
    assert takes(field, read_code(text)) is is_taken


@given(st.text(max_size=400))
@example("]")
@example("]Y")
@example("]YA")
def test_no_text_breaks_the_reader(text: str) -> None:
    read_code(text)


def test_the_process_of_the_screen_does_without_the_library_of_gs1() -> None:
    loaded = "import sys, edge.screen.app; sys.exit('biip' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False, timeout=120).returncode == 0
