"""Texts of a district's own: over the shipped ones, checked at the start, and never the end of a message."""

from dataclasses import replace
from pathlib import Path

import pytest

from process.settings import SettingsError
from server.delivery.channel import Notice
from server.delivery.channels import channels
from server.delivery.texts.facts import facts_of
from server.delivery.texts.preview import previews
from server.delivery.texts.templates import facts, read, shipped
from server.delivery.texts.text import texts_of
from tests.unit.server.delivery.test_message import alert
from wire.words import Term


def own(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "texts.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_district_changes_some_texts_and_adds_a_line(tmp_path: Path) -> None:
    templates = read(
        own(
            tmp_path,
            '[line]\nvalue = { en = "Measured {value}", zh = "检测值 {value}" }\n'
            'call = { en = "Call 12315 about {commodity}", zh = "{commodity}请致电 12315" }\n',
        )
    )
    chinese, english = texts_of(Notice("1", alert(), "x", templates=templates), "both")
    assert "检测值 38.61" in chinese.lines
    assert "Call 12315 about 海参" in english.lines
    assert chinese.title == texts_of(Notice("1", alert(), "x"), "zh")[0].title
    assert read(None) is shipped()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[line]\nvalue = { en = "{valeu}", zh = "x" }', 2, "there is no fact {valeu}"),
        ('[line]\nvalue = { en = "{value:nothing}", zh = "x" }', 2, "there is no vocabulary nothing"),
        ('[line]\nvalue = { en = "{value", zh = "x" }', 2, "a brace without its other"),
        ('[line]\nvalue = { en = "{0.__class__}", zh = "x" }', 2, "there is no fact {0.__class__}"),
        ('[line]\n\nvalue = { en = "x" }', 3, "`en` and `zh`"),
        ('[line]\nvalue = "x"', 2, "`en` and `zh`"),
        ('[title]\nalrt = { en = "x", zh = "x" }', 2, "there is no such text; there are alert"),
        ('[lines]\nvalue = { en = "x", zh = "x" }', 0, "there are the tables title, line, digest"),
        ("[line\n", 0, "Expected"),
    ],
)
def test_a_mistake_is_found_at_the_start_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    file = own(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read(file)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{file}:{line}: " if line else f"{file}")


def test_a_text_that_fails_all_the_same_loses_no_message_and_says_so(tmp_path: Path) -> None:
    sound = read(own(tmp_path, '[line]\nvalue = { en = "x", zh = "x" }'))
    # Past the check: a vocabulary that is not there.
    broken = replace(sound, line={**sound.line, "value": Term("{value:gone}", "{value:gone}")})
    text, english = texts_of(Notice("1", alert(), "x", templates=broken), "both")
    assert text.lines[-1] == "（本区文本出错，此为默认文本）"
    assert "failed; this is the shipped one" in english.lines[-1]
    assert text.lines[:-1] == texts_of(Notice("1", alert(), "x"), "zh")[0].lines


def test_the_facts_that_a_text_may_name_are_those_that_there_are() -> None:
    assert {*facts_of(alert(), chinese=False), "by", "count", "number"} <= facts()


def test_a_preview_is_cut_to_what_the_channel_takes() -> None:
    many = alert(station_title="市场" * 2000)
    for one in previews(many, channels()["wecom"], shipped(), "https://x.example"):
        assert one.size <= one.most == 2048
        assert "https://x.example" in one.plain
    whole = previews(alert(), channels()["webhook"], shipped())
    assert [one.text.language for one in whole] == ["zh", "en"]
