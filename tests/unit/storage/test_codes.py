"""One-time codes."""

import pytest

from storage.codes import new_code, read_code


def test_a_code_is_read_as_people_write_it() -> None:
    code = new_code()
    assert len(str(code)) == 19
    assert read_code(str(code)) == code
    assert read_code(f" {str(code).lower().replace('-', '')} ") == code
    zeroed = read_code("O0O0-IL1I-oooo-2222")
    assert zeroed is not None
    assert str(zeroed) == "0000-1111-0000-2222"


@pytest.mark.parametrize("text", ["", "K7QM", "U" * 16, "K7QM-3F9W-XTR2-H8N", "x" * 10_000, "é" * 16])
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) is None


def test_the_hash_tells_the_secret_and_the_group(text: str = "K7QM-3F9W-XTR2-H8ND") -> None:
    one, other = read_code(text), read_code(text.replace("H8ND", "H8NE"))
    assert one is not None
    assert other is not None
    assert one.is_right(one.hash)
    assert not other.is_right(one.hash)
    assert len({new_code().hash for _ in range(100)}) == 100
