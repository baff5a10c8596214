"""The words of an alert, in both languages."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from server.delivery.channel import Notice
from server.delivery.document import document
from server.delivery.job import Occasion
from server.delivery.message import DRILL_NOTICE, DRILLS_AMONG, TEST, AlertFacts, title
from server.delivery.texts.text import texts_of
from wire.words import SCREENING

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def alert(**known: Any) -> AlertFacts:
    return AlertFacts.model_validate(
        {
            "id": UUID(int=1),
            "rule": "failed_test",
            "severity": "critical",
            "state": "open",
            "station": "dongmen",
            "station_title": "东门市场",
            "station_title_en": "",
            "device": "reader-1",
            "item": "formaldehyde",
            "sample": "2",
            "commodity": "海参",
            "event": None,
            "facts": {"value": 38.61, "value_text": "38.61^阳性", "unit": "mg/kg"},
            "opened_at": AT,
            "updated_at": AT,
        }
        | known
    )


@pytest.mark.parametrize(
    ("known", "english", "chinese"),
    [
        (
            {
                "rule": "camera_untrusted",
                "item": "covered",
                "sample": "",
                "commodity": "",
                "facts": {"kind": "covered"},
            },
            "A camera cannot be trusted: covered, 东门市场",
            "视频画面异常：镜头被遮挡，东门市场",
        ),
        (
            {
                "rule": "dead_letters",
                "item": "",
                "sample": "",
                "commodity": "",
                "facts": {"count": 73, "results": 0},
            },
            "A device sends what cannot be decoded: reader-1: 73 pieces within an hour, 0 results"
            " (cable, profile, baud rate?), 东门市场",
            "仪器数据无法解码：reader-1：一小时内 73 段无法解码，0 条结果（请检查接线、配置与波特率），东门市场",
        ),
        (
            {
                "rule": "broker_away",
                "station": "",
                "station_title": "",
                "item": "",
                "sample": "",
                "commodity": "",
                "facts": {},
            },
            "The message broker is away",
            "消息代理连接中断",
        ),
        (
            {
                "rule": "station_offline",
                "device": "",
                "item": "",
                "sample": "",
                "commodity": "",
                "facts": {"since": "2026-03-01T08:00:30+08:00", "state": "online"},
            },
            "A station is offline: no word since 2026-03-01 00:00 UTC, 东门市场",
            "检测点离线：自 2026-03-01 00:00 UTC 起无消息，东门市场",
        ),
        (
            {"rule": "device_offline", "item": "", "sample": "", "commodity": "", "facts": {}},
            "A device's link is down: reader-1, 东门市场",
            "仪器连接中断：reader-1，东门市场",
        ),
        (
            {"facts": {"value": 3.0, "value_text": "3.0", "unit": "ug/kg"}, "item": "clenbuterol"},
            "Failed rapid test: 海参 2, Clenbuterol 3.0 μg/kg, 东门市场",
            "快检初筛不合格：海参 2，克伦特罗 3.0 μg/kg，东门市场",
        ),
        (
            {},
            "Failed rapid test: 海参 2, Formaldehyde 38.61 mg/kg, 东门市场",
            "快检初筛不合格：海参 2，甲醛 38.61 mg/kg，东门市场",
        ),
        (
            {"facts": {"value": None, "value_text": "阳性"}, "item": "strange", "commodity": ""},
            "Failed rapid test: 2, strange 阳性, 东门市场",
            "快检初筛不合格：2，strange 阳性，东门市场",
        ),
        (
            {"rule": "stream_gap", "facts": {}, "item": "", "sample": "", "commodity": "", "station_title": ""},
            "Events are missing: dongmen",
            "数据缺失：dongmen",
        ),
        (
            {"facts": {"value": 50.0, "value_text": "50.00", "unit": "%"}, "station_title_en": "East Gate"},
            "Failed rapid test: 海参 2, Formaldehyde 50.00 %, East Gate",
            "快检初筛不合格：海参 2，甲醛 50.00 %，东门市场",
        ),
    ],
)
def test_the_title_says_what_and_where(known: dict[str, Any], english: str, chinese: str) -> None:
    assert title(alert(**known)) == (english, chinese)


def test_only_a_failed_test_says_that_it_is_a_screening() -> None:
    assert "notice" in json.loads(document(Notice("1", alert(), "office")))["data"]
    assert "notice" not in json.loads(document(Notice("1", alert(rule="stream_gap"), "office")))["data"]


DRILL: dict[str, Any] = {"rule": "drill", "facts": {"drill": "1", "drill_of": "failed_test", "title": "spring"}}


@pytest.mark.parametrize("occasion", [*map(str, Occasion), TEST])
def test_the_word_drill_stands_first_on_every_occasion(occasion: str) -> None:
    notice = Notice("1", alert(**DRILL), "desk", occasion=occasion, by="wang")
    chinese, english = texts_of(notice, "both")
    assert (chinese.title[:4], english.title[:8]) == ("【演练】", "[DRILL] ")
    assert (chinese.title.count("演练"), english.title.count("DRILL")) == (1, 1)


def test_a_drill_among_real_alerts_makes_no_drill_of_them() -> None:
    notice = Notice("1", alert(), "desk", others=(alert(**DRILL),))
    chinese, english = texts_of(notice, "both")
    assert not chinese.title.startswith("【演练】")
    assert [line.startswith("【演练】") for line in chinese.lines] == [False, True]
    assert [line.startswith("[DRILL] ") for line in english.lines] == [False, True]
    assert (DRILL_NOTICE.zh in chinese.notice, DRILLS_AMONG.zh in chinese.notice) == (False, True)
    assert DRILLS_AMONG.en in english.notice


def test_the_notices_of_a_drill_and_of_a_screening_both_stand_in_the_document() -> None:
    drill = alert(facts={"drill": "1", "title": "spring"})
    data = json.loads(document(Notice("1", drill, "desk")))["data"]
    assert data["notice"] == {
        "en": f"{DRILL_NOTICE.en}\n{SCREENING.en}",
        "zh": f"{DRILL_NOTICE.zh}\n{SCREENING.zh}",
    }
    assert data["title"]["zh"].startswith("【演练】")
