"""The console says everything in both languages, and takes the words of the field from wire/words."""

import json
import re
from pathlib import Path

import server
from server.delivery.channels import channels
from server.page import PLACES
from wire.words import vocabularies

SOURCES = Path(server.__file__ or "").parent / "console" / "src"
FILES = {path: path.read_text("utf-8") for path in SOURCES.rglob("*") if path.suffix in (".ts", ".vue")}


def texts(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((SOURCES / "words" / f"{language}.json").read_text("utf-8"))
    return words


def test_the_console_says_everything_in_both_languages() -> None:
    assert texts("en").keys() == texts("zh").keys()
    assert not [key for key, text in texts("zh").items() if not text.strip()]


def test_the_console_has_no_word_of_the_field_of_its_own() -> None:
    assert not {key for key in texts("en") if "." in key}


def test_every_word_that_the_console_asks_for_exists() -> None:
    asked, vocabulary = set[str](), set[str]()
    for text in FILES.values():
        asked |= set(re.findall(r"""\$?\bt\(["']([\w.]+)["']""", text))
        vocabulary |= set(re.findall(r"""\b(?:word|label)\(["'](\w+)["']""", text))
    assert asked
    assert asked <= texts("zh").keys()
    assert vocabulary
    assert vocabulary <= {*vocabularies(), "account_role"}  # of the table of permissions


def test_data_never_becomes_markup_and_no_style_is_written_inline() -> None:
    for path, text in FILES.items():
        for danger in ("v-html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", ' style="'):
            assert danger not in text, path.name


def test_the_console_asks_the_clock_of_the_centre_alone() -> None:
    # The clock itself, the time that a request took, and how old a picture on the screen is.
    own = {"live/clock.ts", "api/client.ts", "pages/cameras/wall.ts"}
    asking = {
        path.relative_to(SOURCES).as_posix()
        for path, text in FILES.items()
        if re.search(r"Date\.now\(|new Date\(\)", text)
    }
    assert asking == own


def test_every_place_of_the_console_has_an_address_at_the_server() -> None:
    places = re.findall(r'path: "(/[\w/:]*)"', FILES[SOURCES / "router.ts"])
    assert {re.sub(r":(\w+)", r"{\1}", place) for place in places if place != "/:other"} == set(PLACES)


def test_every_channel_has_its_word() -> None:
    assert set(vocabularies()["channel"]) == set(channels())
