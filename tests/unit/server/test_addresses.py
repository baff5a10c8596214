"""The links in messages lead to a place that the console has."""

import re
from pathlib import Path
from uuid import UUID

import server
from server.addresses import ALERTS, OPEN, link_of, page_of
from server.page import PLACES

SOURCES = Path(server.__file__ or "").parent / "console" / "src"
ALERT = UUID(int=7)


def test_the_console_has_the_place_that_a_link_names_and_opens_the_alert_by_the_same_word() -> None:
    assert ALERTS in PLACES
    routes = (SOURCES / "router.ts").read_text("utf-8")
    (page,) = re.findall(rf'path: "{ALERTS}", name: "alerts".*?import\("\./(.*?)"\)', routes)
    assert f'const openId = computed(() => asked("{OPEN}")' in (SOURCES / page).read_text("utf-8")


def test_every_place_of_the_console_is_answered() -> None:
    routes = (SOURCES / "router.ts").read_text("utf-8")
    paths = {re.sub(r":(\w+)", r"{\1}", path) for path in re.findall(r'path: "([^"*]*)"', routes)}
    assert paths == set(PLACES)


def test_a_link_is_below_the_address_of_the_server() -> None:
    assert page_of(ALERT) == f"/alerts?open={ALERT}"
    assert link_of("https://shian.example.gov.cn/", ALERT) == f"https://shian.example.gov.cn/alerts?open={ALERT}"
    assert link_of("", ALERT) == ""
