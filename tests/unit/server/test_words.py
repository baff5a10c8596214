"""Every code that a person may see has a word in both languages, in the server and on the page."""

import re
from pathlib import Path

import pytest

import server
from ingest.rules import Rule
from ingest.watch.rules import StationRule
from server.watch.rules import CentreRule
from server.words import CAMERA_KINDS, DETAILS, ITEMS, ROLES, RULES, SEVERITIES, STATES, VERDICTS, word
from wire.cameras import CameraKind
from wire.terms import AlertState, Role, Severity, Verdict
from wire.verdicts import shipped_limits

PAGE = Path(server.__file__ or "").parent / "static"
WORDS = (PAGE / "words.js").read_text("utf-8")


def keys(language: str) -> set[str]:
    block = re.search(rf"^  {language}: \{{\n(.*?)^  \}},", WORDS, re.MULTILINE | re.DOTALL)
    assert block
    return set(re.findall(r'(?:^|,)\s*"?([a-z_.0-9]+)"?: "', block[1], re.MULTILINE))


def test_the_server_knows_every_code() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(STATES) == set(AlertState)
    assert set(SEVERITIES) == set(Severity)
    assert set(ROLES) == set(Role)
    assert set(CAMERA_KINDS) == set(CameraKind)
    assert set(RULES) == {*Rule, *StationRule, *CentreRule}
    assert set(DETAILS) <= set(RULES)
    assert {limit.item for limit in shipped_limits()} <= set(ITEMS)
    assert word(RULES, "new_rule", chinese=True) == "new_rule"


def test_the_page_says_everything_in_both_languages() -> None:
    assert keys("en") == keys("zh")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [("verdict", VERDICTS), ("rule", RULES), ("state", STATES), ("item", ITEMS), ("kind", CAMERA_KINDS)],
)
def test_the_page_knows_the_codes_of_the_server(kind: str, codes: dict[str, object]) -> None:
    assert {f"{kind}.{code}" for code in codes} <= keys("en")


def test_every_word_that_the_page_asks_for_exists() -> None:
    asked = set(re.findall(r'data-word="(\w+)"', (PAGE / "index.html").read_text("utf-8")))
    for path in PAGE.glob("*.js"):
        asked |= set(re.findall(r'\bt\("(\w+)"', path.read_text("utf-8")))
    assert asked
    assert asked <= keys("zh")


def test_data_never_becomes_markup() -> None:
    for path in PAGE.glob("*.js"):
        text = path.read_text("utf-8")
        for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert danger not in text, path.name
