"""The screen's server over a real agent: registers, lays out, rings, hands over; and whoever may not, is refused."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from edge.agent import Agent
from tests.support.edge_station import cable, running, settings_document
from tests.support.line_family import line
from tests.support.ptys import Cable
from tests.support.screen_station import Screen, down_document, keep_document, screening
from tests.support.waiting import wait_for
from wire.down import Down, Operator

PAGE = Path(__file__).parents[4] / "edge" / "screen" / "page"
ITEM = "pesticide_inhibition"
PIN = "4711"
CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))


class Site:
    """A screen over an agent without a centre, and a browser's end of it."""

    def __init__(
        self,
        folder: Path,
        *,
        operators: tuple[Operator, ...] = (),
        document: Down | None = None,
        **screen: Any,
    ) -> None:
        self.folder = folder
        self._closing = ExitStack()
        keep_document(folder / "data", document or down_document("m1", operators=operators))
        self.cord: Cable = self._closing.enter_context(cable(folder))
        self._agent = ExitStack()
        self.start_agent()
        self.screen: Screen = self._closing.enter_context(screening(folder / "data", **screen))
        self.browser = self._closing.enter_context(self.visitor())
        wait_for(lambda: self.ask("hello").status_code == 200, what="the desk")

    def start_agent(self) -> Agent:
        self.agent = self._agent.enter_context(running(settings_document(self.folder, 1)))
        return self.agent

    def stop_agent(self) -> None:
        self._agent.close()

    def visitor(self) -> httpx.Client:
        address = self.screen.address
        return httpx.Client(base_url=address, headers={"Origin": address}, timeout=30)

    def ask(self, name: str, **fields: Any) -> httpx.Response:
        return self.browser.post(f"/api/ask/{name}", json=json.loads(json.dumps(fields, default=str)))

    def done(self, name: str, **fields: Any) -> Any:
        answer = self.ask(name, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def close(self) -> None:
        self._closing.close()
        self._agent.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Site]:
    known = (Operator(code="o1", name="检测员一", pin=CHEAP.hash(PIN)), Operator(code="o2", name="检测员二"))
    site = Site(tmp_path, operators=known)
    yield site
    site.close()


def test_a_failed_test_is_a_case_with_its_retest_and_its_handing_over(site: Site) -> None:
    sample = site.done("register", request=uuid4(), commodity="韭菜", stall="A-12", items=[ITEM])
    assert sample["registrar"] == "operator"
    site.cord.write(line("1", "88.0"))
    wait_for(lambda: site.done("cases"), what="the failed test")
    (case,) = site.done("cases")
    assert (case["result"]["sample_number"], case["unseen"], case["retests"]) == (sample["number"], [case["id"]], [])
    request = uuid4()
    for _ in range(2):  # pressed twice
        case = site.done("handle", request=request, result=case["id"], step="seen")
    assert (case["unseen"], len(case["steps"])) == ([], 1)
    case = site.done("handle", request=uuid4(), result=case["id"], step="retest")
    assert case["awaits_retest"]
    site.cord.write(line("2", "61.0"))
    wait_for(lambda: site.done("cases")[0]["retests"], what="the retest")
    (case,) = site.done("cases")
    assert (case["retests"][0]["is_retest"], case["awaits_retest"], len(case["unseen"])) == (True, False, 1)
    case = site.done("handle", request=uuid4(), result=case["id"], step="handed_over", to="A-12")
    step = case["steps"][-1]
    assert (step["to"], step["who"], step["until"] == case["until"]) == ("A-12", "operator", True)
    refused = site.ask("handle", request=uuid4(), result=uuid4(), step="seen")
    assert (refused.status_code, refused.json()["refused"]) == (422, "unknown_result")


def test_a_day_and_the_news_say_how_the_station_is(site: Site) -> None:
    with site.browser.stream("GET", "/api/news") as news:
        lines = (json.loads(text.removeprefix("data: ")) for text in news.iter_lines() if text.startswith("data: "))
        state = next(one for one in lines if one["is_there"])
        assert (state["station"], state["is_connected"], [one["name"] for one in state["devices"]]) == (
            "m1",
            False,
            ["reader"],
        )
        site.done("register", request=uuid4(), commodity="菠菜")
        after = next(one for one in lines if one.get("recorded", 0) > state["recorded"])
        assert after["waiting"] >= 1
    down = site.browser.get("/api/down").json()
    assert ([one["wanted"] for one in down["tasks"]], down["limits_version"]) == ([10, 20], "7")
    site.done("register", request=uuid4(), commodity="韭菜", items=[ITEM])
    site.done("register", request=uuid4(), commodity="番茄", items=[ITEM], task="t2")
    site.done("register", request=uuid4(), commodity="韭菜", items=["nitrite"])
    assert site.done("progress") == {"t1": 1, "t2": 2}
    assert site.done("foods", text="jc")[0]["name"] == "韭菜"
    assert site.browser.get("/api/words").json()["verdicts"]["fail"]["zh"] == "初筛不合格"


def test_the_agent_goes_and_comes_and_nothing_is_done_twice(site: Site) -> None:
    request = uuid4()
    site.stop_agent()
    away = site.ask("register", request=request, commodity="芹菜")
    assert (away.status_code, away.json()["refused"]) == (503, "away")
    site.start_agent()
    wait_for(lambda: site.ask("hello").status_code == 200, what="the desk")
    first = site.done("register", request=request, commodity="芹菜")
    assert site.done("register", request=request, commodity="芹菜")["number"] == first["number"]


def test_nobody_does_anything_without_signing_in(guarded: Site) -> None:
    locked = guarded.ask("register", request=uuid4(), commodity="韭菜")
    assert (locked.status_code, locked.json()["refused"]) == (401, "locked")
    assert guarded.ask("samples").status_code == 200, "looking is free"
    shown = guarded.browser.get("/api/session").json()
    assert [(one["code"], one["has_pin"]) for one in shown["operators"]] == [("o1", True), ("o2", False)]
    assert "argon2" not in guarded.browser.get("/api/down").text + json.dumps(shown)
    for code, pin in (("o1", "1"), ("nobody", PIN)):
        assert guarded.browser.post("/api/session", json={"code": code, "pin": pin}).json()["refused"] == "wrong_pin"
    assert guarded.browser.post("/api/session", json={"code": "o1", "pin": PIN}).json()["who"] == "检测员一"
    made = guarded.done("register", request=uuid4(), commodity="韭菜", who="somebody else")
    assert made["registrar"] == "检测员一", "the server says who, and not the page"
    guarded.browser.post("/api/session/end", json={})
    assert guarded.ask("register", request=uuid4()).status_code == 401


def test_open_to_a_network_nobody_is_the_plain_operator(tmp_path: Path) -> None:
    site = Site(tmp_path, operators=(Operator(code="o2", name="检测员二"),), is_open=True)
    try:
        shown = site.browser.get("/api/session").json()
        assert (shown["is_plain"], shown["is_locked"], shown["operators"]) == (False, True, [])
        assert site.browser.post("/api/session", json={"code": "o2"}).json()["refused"] == "wrong_pin"
        assert site.ask("register", request=uuid4()).status_code == 401
    finally:
        site.close()


def test_wrong_pins_make_the_next_try_wait_and_reach_no_log(guarded: Site, capfd: pytest.CaptureFixture[str]) -> None:
    tries = [guarded.browser.post("/api/session", json={"code": "o1", "pin": f"98{n}6"}) for n in range(5)]
    assert [one.status_code for one in tries] == [403, 403, 403, 429, 429]
    assert tries[-1].json()["facts"]["wait_s"] > 0
    right = guarded.browser.post("/api/session", json={"code": "o1", "pin": PIN})
    assert right.json()["refused"] == "too_many_tries", "also the right one"
    said = "".join(capfd.readouterr())
    assert "pin_wrong" in said
    assert not re.search(r"98\d6|4711", re.sub(r"\d{4}-\d\d-\d\dT\S+|\d{4}-\d\d-\d\d \S+", "", said))


def test_an_operator_is_signed_out_after_the_idle_time(tmp_path: Path) -> None:
    site = Site(tmp_path, operators=(Operator(code="o1", name="检测员一"),), idle_s=0.001)
    try:
        assert site.browser.post("/api/session", json={"code": "o1"}).status_code == 200
        wait_for(lambda: site.ask("register", request=uuid4()).status_code == 401, what="the end of the session")
    finally:
        site.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": ""}, 403),
        ({"Content-Type": "text/plain"}, 403),
        ({}, 200),
    ],
)
def test_only_this_page_is_answered(site: Site, headers: dict[str, str], status: int) -> None:
    answer = site.browser.post("/api/ask/hello", content=b"{}", headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"[" * 20_000, b'{"x": "' + b"y" * 40_000 + b'"}'])
def test_garbage_is_refused(site: Site, body: bytes) -> None:
    answer = site.browser.post("/api/ask/hello", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["refused"]) == (400, "bad_request")
    assert site.browser.post("/api/ask/import_results", json={}).status_code == 404


def test_both_languages_have_every_word_of_the_page() -> None:
    said = {
        name: cast("dict[str, str]", json.loads((PAGE / "words" / f"{name}.json").read_text("utf-8")))
        for name in ("en", "zh")
    }
    assert list(said["en"]) == list(said["zh"]) == sorted(said["en"])
    for name, text in said["en"].items():
        places = [re.findall(r"\{\w+\}", words) for words in (text, said["zh"][name])]
        assert set(places[0]) == set(places[1]), name
    sources = "".join(path.read_text("utf-8") for path in sorted(PAGE.rglob("*.js")))
    used = set(re.findall(r'\bt\("([\w.]+)"', sources))
    assert used - set(said["en"]) == set()
    assert not re.search(r"https?://(?!127)|innerHTML|style=", sources + (PAGE / "index.html").read_text("utf-8"))


def test_only_the_reader_of_codes_may_make_webassembly(tmp_path: Path) -> None:
    with screening(tmp_path) as screen, httpx.Client(base_url=screen.address) as browser:
        worker = browser.get("/reader/worker.js")
        assert worker.status_code == 200
        assert "'wasm-unsafe-eval'" in worker.headers["content-security-policy"]
        assert "'unsafe-eval'" not in worker.headers["content-security-policy"]
        for other in ("/", "/page/main.js", "/page/views/camera.js"):
            assert "unsafe" not in browser.get(other).headers["content-security-policy"]
