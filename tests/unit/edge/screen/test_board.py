"""The market's board: off by default, in public words alone, and nothing else behind it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from edge.screen.board.rows import rows_of
from edge.screen.board.settings import BoardSettings, Word
from edge.settings import EdgeSettings
from tests.support.screen_station import down_document
from tests.unit.edge.screen.test_routes import ITEM, Site
from wire.down import Lot

ALLOWED = "Market office, 2026-01-10, no. 17"
ALL: tuple[Word, ...] = ("tested", "passed", "retesting")


def result(sample: str, verdict: str, *, stall: str = "A-12", food: str = "韭菜", item: str = ITEM) -> dict[str, Any]:
    at = "2026-01-10T00:00:00+00:00"
    return {"sample": sample, "item": item, "verdict": verdict, "stall": stall, "commodity": food, "recorded_at": at}


def said(results: list[dict[str, Any]], words: tuple[Word, ...] = ALL, waits: str = "") -> list[tuple[str, str]]:
    waiting = [{"key": waits, "awaited": [ITEM]}] if waits else []
    return [(row.stall, row.word) for row in rows_of(results, waiting, words, ZoneInfo("Asia/Shanghai"))]


@pytest.mark.parametrize(
    ("results", "waits", "word"),
    [
        ([result("s1", "pass")], "", "passed"),
        ([result("s1", "fail")], "s1", "retesting"),
        ([result("s1", "fail")], "", None),  # nothing is said of a failed test
        ([result("s1", "suspect")], "", None),
        ([result("s1", "invalid")], "", None),
        ([result("s1", "pass"), result("s1", "fail")], "", "passed"),  # the second test passed
        ([result("s1", "fail"), result("s1", "pass")], "", None),
        ([result("s1", "pass"), result("s2", "fail")], "", None),  # the same goods of the stall
        ([result("s1", "pass"), result("s2", "fail")], "s2", "retesting"),
        ([result("s1", "fail"), result("s2", "fail")], "s2", None),
        ([result("s1", "pass"), result("s1", "fail", item="nitrite")], "", None),
        ([result("", "pass")], "", None),  # of no sample
        ([result("s1", "pass", food="")], "", None),
    ],
)
def test_a_row_never_says_that_a_test_failed(results: list[dict[str, Any]], waits: str, word: str | None) -> None:
    assert said(results, waits=waits) == ([("A-12", word)] if word else [])


@pytest.mark.parametrize(
    "words", [("tested",), ("passed",), ("tested", "passed"), ("retesting",), ("tested", "retesting")]
)
def test_a_failed_test_cannot_be_told_from_others(words: tuple[Word, ...]) -> None:
    passed, failed = said([result("s1", "pass")], words), said([result("s1", "fail")], words)
    assert failed in ([], passed)
    assert {word for _, word in passed + failed} <= set(words)


def lot(word: str, **more: Any) -> dict[str, Any]:
    own = {
        "lot": "L1",
        "food": "韭菜",
        "supplier": "north",
        "station": "w",
        "title": "批发市场",
        "title_en": "Wholesale",
    }
    return {**own, "samples": 1, "word": word, "last_day": "2026-01-09", **more}


def elsewhere(lots: list[dict[str, Any]], words: tuple[Word, ...] = ALL, verdict: str = "pass") -> list[str] | None:
    own = result("s1", verdict) | {"lot": "L1", "supplier": "north"}
    rows = rows_of([own], [], words, ZoneInfo("Asia/Shanghai"), lots=lots)
    return [f"{one.title} {one.word}" for one in rows[0].elsewhere] if rows else None


@pytest.mark.parametrize(
    ("lots", "said"),
    [
        ([lot("passed")], ["批发市场 passed"]),
        ([lot("passed", title="")], ["w passed"]),
        ([lot("retesting")], ["批发市场 retesting"]),
        ([lot("tested")], []),  # it did not pass
        ([lot("passed"), lot("tested", supplier="")], []),
        ([lot("passed"), lot("retesting", supplier="")], ["批发市场 retesting"]),
        ([lot("passed", supplier="")], ["批发市场 passed"]),
        ([lot("passed", supplier="south")], []),  # of two suppliers each may have a lot of this name
        ([lot("passed", food="菠菜")], []),
        ([lot("passed", lot="L2")], []),
        ([lot("passed", lot="")], []),
        ([lot("what a later centre says")], []),
        ([lot("passed", station=name, title=name) for name in "abc"], ["a passed", "b passed"]),
    ],
)
def test_what_another_station_found_of_the_lot_is_said_in_the_same_words(
    lots: list[dict[str, Any]], said: list[str]
) -> None:
    assert elsewhere(lots) == said
    assert elsewhere(lots, verdict="fail") is None, "nothing stands beside a row that is not shown"


@pytest.mark.parametrize("words", [("tested",), ("passed",), ("tested", "passed"), ("retesting", "tested")])
def test_elsewhere_too_a_failed_test_cannot_be_told_from_others(words: tuple[Word, ...]) -> None:
    passed, failed = elsewhere([lot("passed")], words), elsewhere([lot("tested")], words)
    assert failed in ([], None, passed)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, board=BoardSettings(allowed_by=ALLOWED, words=ALL))
    yield site
    site.close()


def test_the_board_shows_the_day_and_leads_nowhere(shown: Site) -> None:
    for stall, verdict in (("A-12", "pass"), ("A-13", "fail")):
        sample = shown.done("register", request=uuid4(), commodity="韭菜", stall=stall, vendor="one", lot="L1")
        typed = {"sample": sample["number"], "item": ITEM, "verdict": verdict}
        shown.done("type_result", request=uuid4(), **typed)
    with shown.visitor() as television:
        data = television.get("/board/data").json()
        (row,) = data["rows"]
        assert {name: row[name] for name in ("stall", "food", "food_en", "word")} == {
            "stall": "A-12",
            "food": "韭菜",
            "food_en": "Chinese chives",
            "word": "passed",
        }
        page = television.get("/board/").text
        assert "href" not in page.replace('rel="stylesheet" href="/board/board.css"', "")
        for name in ("board.css", "board.js", "words.json"):
            assert television.get(f"/board/{name}").status_code == 200
        for name in ("%2e%2e/routes.py", "index.html", "api/news"):
            assert television.get(f"/board/{name}").status_code == 404
        assert television.post("/board/data", json={}).status_code == 405
    assert "fail" not in json.dumps(data)
    shown.stop_agent()
    assert shown.browser.get("/board/data").json()["rows"] == data["rows"]


@pytest.mark.parametrize("are_lots_allowed", [True, False])
def test_the_lot_of_the_wholesale_market_stands_beside_the_row_where_it_is_allowed(
    tmp_path: Path, *, are_lots_allowed: bool
) -> None:
    """Show it from the document that came down; nobody is asked."""
    lots = (Lot.model_validate(lot("passed")), Lot.model_validate(lot("passed", lot="L9")))
    policy = BoardSettings(allowed_by=ALLOWED, words=ALL, lots=are_lots_allowed)
    site = Site(tmp_path, document=down_document("m1").model_copy(update={"lots": lots}), board=policy)
    try:
        sample = site.done("register", request=uuid4(), commodity="韭菜", stall="A-12", supplier="north", lot="L1")
        site.done("type_result", request=uuid4(), sample=sample["number"], item=ITEM, verdict="pass")
        (row,) = site.browser.get("/board/data").json()["rows"]
        said = [{"title": "批发市场", "title_en": "Wholesale", "word": "passed", "day": "2026-01-09"}]
        assert row["elsewhere"] == (said if are_lots_allowed else [])
    finally:
        site.close()


def test_without_a_policy_there_is_no_board(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        assert site.browser.get("/board/").status_code == 404
        assert site.browser.get("/board/data").status_code == 404
    finally:
        site.close()


@pytest.mark.parametrize(
    "board",
    [{}, {"allowed_by": ""}, {"allowed_by": ALLOWED, "words": ["failed"]}, {"allowed_by": ALLOWED, "words": []}],
)
def test_a_policy_without_a_name_or_with_another_word_is_refused(board: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="board"):
        EdgeSettings.model_validate({"station": "m1", "screen": {"board": board}})


def test_the_board_has_its_words_in_both_languages() -> None:
    words = json.loads((Path(__file__).parents[4] / "edge/screen/board/page/words.json").read_text("utf-8"))
    assert list(words["en"]) == list(words["zh"]) == sorted(words["en"])
    assert set(ALL) <= set(words["en"])
