"""The page says everything in both languages, and takes the words of the field from the server."""

import re
from pathlib import Path

import server
from server.page import router
from wire.words import vocabularies

PAGE = Path(server.__file__ or "").parent / "static"
WORDS = (PAGE / "words.js").read_text("utf-8")
TERMS = {f"{name}.{code}" for name, table in vocabularies().items() for code in table}


def keys(language: str) -> set[str]:
    block = re.search(rf"^  {language}: \{{\n(.*?)^  \}},", WORDS, re.MULTILINE | re.DOTALL)
    assert block
    return set(re.findall(r'(?:^|,)\s*"?([a-z_.0-9]+)"?: "', block[1], re.MULTILINE))


def test_the_page_says_everything_in_both_languages() -> None:
    assert keys("en") == keys("zh")


def test_the_page_has_no_word_of_the_field_of_its_own() -> None:
    assert not {key for key in keys("en") if "." in key}
    assert any(getattr(route, "path", "") == "/static/terms.js" for route in router.routes)


def test_every_word_that_the_page_asks_for_exists() -> None:
    asked = set(re.findall(r'data-word="([\w.]+)"', (PAGE / "index.html").read_text("utf-8")))
    vocabulary = set[str]()
    for path in PAGE.glob("*.js"):
        text = path.read_text("utf-8")
        asked |= set(re.findall(r'\bt\("([\w.]+)"', text))
        vocabulary |= set(re.findall(r'\b(?:word|label)\("(\w+)"', text))
    assert asked
    assert asked <= keys("zh") | TERMS
    assert vocabulary
    assert vocabulary <= {*vocabularies(), "account_role"}  # of the table of permissions


def test_data_never_becomes_markup() -> None:
    for path in PAGE.glob("*.js"):
        text = path.read_text("utf-8")
        for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert danger not in text, path.name
