"""The document of a station: the last good one stays, whatever comes."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.down.kept import FILE, KEY, Kept
from wire.down import Business, Down, DownError, Food, Refusal, seal
from wire.terms import Comparison
from wire.verdicts import AnalyteLimit

CENTRE = Ed25519PrivateKey.generate()
AT = datetime(2026, 1, 10, tzinfo=UTC)
LIMIT = AnalyteLimit(
    code="own",
    item="pesticide_inhibition",
    standard="X",
    comparison=Comparison.AT_LEAST,
    value=10.0,
    unit="%",
    valid_from=date(2020, 1, 1),
)
FOODS = (
    Food(code="veg", name="蔬菜", pinyin="shucai sc"),
    Food(code="leek", name="韭菜", parent="veg", aliases=("起阳草",), pinyin="jiucai jc qiyangcao qyc"),
    Food(code="yellow", name="韭黄", parent="veg", pinyin="jiuhuang jh"),
)
BUSINESSES = (Business(code="1", name="东门店", stall="A-12", pinyin="dongmendian dmd"),)


def document(version: int = 5, **more: Any) -> Down:
    values = {"format": "shian.down.v1", "station": "m1", "version": version, "made_at": AT, "limits_version": "7"}
    return Down.model_validate({**values, "limits": (LIMIT,), "foods": FOODS, "businesses": BUSINESSES, **more})


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    kept = Kept(tmp_path, "m1")
    kept.take(seal(document(), CENTRE))
    return kept


def forged(content: bytes) -> bytes:
    return content.replace(b'"value":10.0', b'"value":99.0')


def larger(content: bytes) -> bytes:
    return content + b" " * (5_000_000 - len(content))


def without_businesses(document: Down) -> Down:
    """Return what is kept of a document beside the index, which has its businesses."""
    return document.model_copy(update={"businesses": ()})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (forged, Refusal.FORGED),
        (larger, Refusal.TOO_LARGE),
        (lambda content: content[: len(content) // 2], Refusal.FORGED),
        (lambda content: content[:50], Refusal.DAMAGED),
        (lambda _: b"", Refusal.DAMAGED),
        (lambda _: b"\xff\n" * 100, Refusal.DAMAGED),
        (lambda _: seal(document(4), CENTRE), Refusal.OLDER),
        (lambda _: seal(document(9, station="m2"), CENTRE), Refusal.OTHER_STATION),
        (lambda _: seal(document(9), Ed25519PrivateKey.generate()), Refusal.OTHER_KEY),
    ],
)
def test_what_is_not_good_is_refused_by_name_and_the_last_good_one_stays(
    kept: Kept, tmp_path: Path, spoil: Callable[[bytes], bytes], reason: Refusal
) -> None:
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(DownError) as refused:
        kept.take(spoil(seal(document(9), CENTRE)))
    assert refused.value.reason is reason
    assert kept.refusal.startswith(reason.value)
    assert kept.now.document == without_businesses(document())
    assert (tmp_path / FILE).read_bytes() == before
    again = Kept(tmp_path, "m1")
    again.load()
    assert again.now.document == without_businesses(document())
    kept.take(seal(document(9), CENTRE))
    assert kept.refusal == ""


def test_a_kept_file_that_was_damaged_is_put_aside_and_the_packages_limits_judge(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(forged((tmp_path / FILE).read_bytes()))
    again = Kept(tmp_path, "m1")
    again.load()
    assert (again.now.document, again.now.table.version) == (None, "")
    assert again.refusal.startswith("kept file: forged")
    assert (tmp_path / f"{FILE}.broken").exists()
    assert (tmp_path / KEY).exists()
    again.take(seal(document(), CENTRE))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("韭", ["leek", "yellow"]),
        ("jc", ["leek"]),
        ("JIUCAI", ["leek"]),
        ("起阳", ["leek"]),
        ("jiu", ["leek", "yellow"]),
        ("yellow", ["yellow"]),
        ("", ["veg", "leek", "yellow"]),
        ("nothing", []),
    ],
)
def test_foods_are_found_as_they_are_typed(kept: Kept, text: str, found: list[str]) -> None:
    assert [row["code"] for row in kept.now.index.find_foods(text, 10)] == found


def test_a_business_is_found_by_its_stall(kept: Kept) -> None:
    assert [row["name"] for row in kept.now.index.find_businesses("a-12", 10)] == ["东门店"]


def test_a_document_of_a_newer_centre_is_read_all_the_same() -> None:
    body = seal(document(), CENTRE).partition(b"\n")[2]
    newer = Down.model_validate_json(body.replace(b'{"format"', b'{"new":1,"format"', 1))
    assert newer == document()
