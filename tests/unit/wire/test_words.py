"""Every code that a person may see has a word in both languages, in one place."""

import inspect
import string
from enum import StrEnum
from pathlib import Path

import pytest

from firmware_adapters.registry import families
from wire import cameras, terms, words
from wire.clocks import NOT_BELIEVED
from wire.kinds.result import POSSIBLE_REPEAT
from wire.verdicts import UNIT_INCOMPARABLE, shipped_limits

ROOT = Path(__file__).resolve().parents[3]
# For machines, the documents and the adapters: no person reads them as words.
NOT_SHOWN = {terms.RecordKind, terms.TimeSource, terms.Comparison, terms.Lane}
ENUMS = [
    enum
    for module in (terms, cameras)
    for _, enum in inspect.getmembers(module, inspect.isclass)
    if issubclass(enum, StrEnum) and enum is not StrEnum
]


@pytest.mark.parametrize("enum", [enum for enum in ENUMS if enum not in NOT_SHOWN])
def test_every_term_of_an_enum_has_a_word(enum: type[StrEnum]) -> None:
    assert set(words.SHOWN[enum]) == set(enum)


@pytest.mark.parametrize("name", words.vocabularies())
def test_every_word_is_there_in_both_languages(name: str) -> None:
    for code, term in words.terms(words.vocabularies()[name]).items():
        assert term.en.strip(), code
        assert term.zh.strip(), code


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_detail_is_of_a_rule_and_says_the_same_in_both_languages() -> None:
    assert set(words.DETAILS) <= set(terms.Rule)
    for rule, term in words.DETAILS.items():
        if rule not in (terms.Rule.OVER_BUDGET, terms.Rule.FILLING_UP):  # their facts are the sentences
            assert fields(term.en) == fields(term.zh), rule


def test_every_item_quantity_and_unit_that_is_shipped_has_a_word() -> None:
    profiles = [profile for family in families().values() for profile in family.shipped().values()]
    items = {item.code for profile in profiles for item in profile.items.values()}
    units = {item.unit for profile in profiles for item in profile.items.values()}
    units |= {
        str(table["unit"])
        for name in ("item", "quantity")
        for table in words.vocabularies()[name].values()
        if "unit" in table
    }
    limits = shipped_limits()
    assert {limit.item for limit in limits} <= set(words.ITEMS)
    assert items <= set(words.ITEMS) | set(words.QUANTITIES)
    assert units - {""} <= set(words.UNITS)
    assert {limit.unit for limit in limits} <= set(words.UNITS)


def test_an_item_and_a_quantity_are_never_the_same_code() -> None:
    assert not set(words.ITEMS) & set(words.QUANTITIES)


def test_the_remarks_that_ingest_writes_have_words() -> None:
    assert {NOT_BELIEVED, POSSIBLE_REPEAT, UNIT_INCOMPARABLE} <= set(words.FLAGS)


def test_a_code_without_a_word_is_shown_as_it_is() -> None:
    assert words.word(words.RULES, "new_rule", chinese=True) == "new_rule"
    assert words.word(words.VERDICTS, "fail", chinese=True) == "初筛不合格"


@pytest.mark.parametrize("package", ["authority", "edge", "ingest", "process", "server", "shian", "storage", "wire"])
def test_one_thing_has_one_word(package: str) -> None:
    # 检测点 and 预警: two other words for each stood side by side.
    for path in (ROOT / package).rglob("*"):
        if path.suffix in {".py", ".js", ".html", ".toml"}:
            found = {old for old in ("检测站", "站点", "告警") if old in path.read_text("utf-8")}
            assert not found, path
