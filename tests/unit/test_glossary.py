"""The words that people read, held against the trade's: one word for one thing, and a screening is never a finding."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "server" / "console" / "src" / "words", ROOT / "edge" / "screen" / "page" / "words")
TERMS = ROOT / "wire" / "words"
HANDBOOKS = ROOT / "docs" / "handbooks"

# What a reader of the trade stumbles over, and the word that stands there instead. `(?<!...)` lets other words be.
FORBIDDEN = {
    "zh": {
        "告警|警报|(?<!仪器)报警(?!级别)": "预警",
        "站点|检测站|网点": "检测点",
        "复检(?!不得|机构)": "复测; 复检 is the legal re-inspection",
        "已解决|解决预警": "办结",
        "事件缺失|缺口|链断裂": "数据缺失, 数据校验不通过",
        "被重放": "疑似重复上报",
        "(?<!不是)违法|违规|有毒|问题食品|毒菜|黑心": "a rapid test is a screening: 初筛不合格",
        "(?<!不是)确证阳性": "only to say that signing for an alert is none",
        "备餐区": "加工区",
        "未上线|最近消息": "未接入, 最近上报",
        "记录时间": "检测时间",
        r"\bug/kg": "μg/kg",
    },
    "en": {
        "violat|illegal|unlawful|offen[cd]er?s?\\b|criminal|guilty": "a rapid test is a screening",
        "poison|toxic food|unsafe food|contaminated|adulterated": "a rapid test is a screening",
        r"\bug/kg": "μg/kg",
    },
}
TRADE = {
    "acknowledge": "签收",
    "resolve": "办结",
    "alerts": "预警",
    "retest": "复测",
    "stations": "检测点",
    "gap": "数据缺失",
}


def _strings(table: object) -> Iterator[str]:
    if isinstance(table, str):
        yield table
    elif isinstance(table, dict):
        for value in table.values():
            yield from _strings(value)


def _of_terms(table: object, language: str) -> Iterator[str]:
    if isinstance(table, dict):
        for name, value in table.items():
            if name == language:
                yield from _strings(value)
            else:
                yield from _of_terms(value, language)


def read(language: str) -> Iterator[tuple[str, str]]:
    """Return every text of the console, the station's screen, the field and the handbooks, with its place."""
    for folder in PAGES:
        for text in _strings(json.loads((folder / f"{language}.json").read_text("utf-8"))):
            yield str(folder.relative_to(ROOT)), text
    for path in sorted(TERMS.glob("*.toml")):
        for text in _of_terms(tomllib.loads(path.read_text("utf-8")), language):
            yield path.name, text
    for path in sorted(HANDBOOKS.glob(f"*.{language}.md")):
        yield path.name, path.read_text("utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_calls_a_screening_a_finding_or_is_another_one_for_the_same_thing(language: str) -> None:
    texts = list(read(language))
    assert len(texts) > 1000
    found = [
        (place, text[max(0, match.start() - 15) : match.end() + 15], better)
        for pattern, better in FORBIDDEN[language].items()
        for place, text in texts
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]
    assert found == []


def test_the_console_says_the_words_of_the_trade() -> None:
    zh = json.loads((PAGES[0] / "zh.json").read_text("utf-8"))
    assert {key: zh[key] for key in TRADE} == TRADE


def test_a_failed_rapid_test_is_named_a_screening_in_both_languages() -> None:
    verdicts = tomllib.loads((TERMS / "verdicts.toml").read_text("utf-8"))
    rules = tomllib.loads((TERMS / "rules.toml").read_text("utf-8"))
    text = json.dumps([verdicts, rules], ensure_ascii=False)
    assert "初筛不合格" in text
    assert "failed (screening)" in text
    notices = [words for _, words in read("zh") if "筛查" in words]
    assert any("法定检验机构" in words for words in notices), "what counts is said beside it"
