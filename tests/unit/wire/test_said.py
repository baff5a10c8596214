"""Sentences about alerts: a code and facts, put into words when they are shown."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wire.said import Said, fill
from wire.terms import HandlingStep, Rule
from wire.words import DETAILS, STEPS, Term, vocabularies

ROOT = Path(__file__).resolve().parents[3]
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")


def test_a_step_is_english_by_itself_and_chinese_when_asked() -> None:
    said = Said("result", verdict="fail", value="74.33", unit="%")
    assert said == "failed (screening): 74.33 %"
    assert fill(STEPS[said.code], said.facts, chinese=True) == "初筛不合格：74.33 %"
    said = Said("camera", phase="start", kind="intrusion")
    assert fill(STEPS[said.code], said.facts, chinese=True) == "开始：非营业时间有人活动"


def test_a_time_is_shown_in_the_zone_that_is_asked_for_and_a_list_with_commas() -> None:
    text = Term("{at}: {numbers}", "{at}：{numbers}")
    facts = {"at": "2026-03-01T08:00:00+00:00", "numbers": ["5", "7-9"]}
    assert fill(text, facts, chinese=False) == "2026-03-01 08:00 UTC: 5, 7-9"
    assert fill(text, facts, chinese=True, zone=ZoneInfo("Asia/Shanghai")) == "2026-03-01 16:00 CST：5、7-9"


def test_facts_are_never_taken_for_places_and_missing_ones_leave_nothing() -> None:
    assert fill(Term("{a} {b}", ""), {"a": "{b}", "b": None}, chinese=False) == "{b}"
    assert fill(Term("missing: {missing}", ""), {}, chinese=False) == ""
    assert fill(Term("{verdict:verdict}", ""), {"verdict": "new-one"}, chinese=False) == "new-one"


@pytest.mark.parametrize(("name", "sentence"), [*STEPS.items(), *DETAILS.items()])
def test_a_sentence_names_only_tables_that_there_are(name: str, sentence: Term) -> None:
    for text in sentence:
        for _, vocabulary in _PLACE.findall(text):
            assert not vocabulary or vocabulary in vocabularies(), name


def test_every_sentence_is_said_somewhere_and_none_is_said_without_words() -> None:
    source = "".join(
        path.read_text() for folder in ("ingest", "server", "storage") for path in (ROOT / folder).rglob("*.py")
    )
    said = set(re.findall(r'Said\(\s*"(\w+)"', source)) | set(
        re.findall(r'"(\w+)" if [\w.>( )]+ else \(?"\w+"', source)
    )
    said |= set(re.findall(r'"\w+" if [\w.>( )]+ else "(\w+)"', source)) | {Rule.DEAD_LETTERS, Rule.REPEATS}
    said |= {f"station_{step}" for step in HandlingStep}
    assert set(STEPS) <= said


def test_every_rule_but_those_of_a_sample_a_camera_or_nothing_says_more_on_the_page() -> None:
    without = {Rule.FAILED_TEST, Rule.VERDICTS_DISAGREE, Rule.CAMERA_UNTRUSTED, Rule.CAMERA_FINDING}
    assert {str(rule) for rule in Rule} - set(DETAILS) <= {*map(str, without), Rule.DEVICE_OFFLINE, Rule.BROKER_AWAY}


def test_a_code_of_the_districts_own_brings_its_words_along() -> None:
    text, facts = Term("{rule:rule}", "{rule:rule}"), {"rule": "near", "rule_words": {"en": "Near it", "zh": "接近"}}
    assert (fill(text, facts, chinese=False), fill(text, facts, chinese=True)) == ("Near it", "接近")
    assert fill(text, {"rule": "near"}, chinese=True) == "near"
