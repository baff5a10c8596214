"""A page of the station that is closed, wherever its news are at that moment, keeps no code from the pages that are
open."""

import asyncio
import json
from pathlib import Path

import pytest
from starlette.types import Scope

from edge.screen.app import create_app
from edge.screen.news import News
from tests.support.leaving import SCOPE, leave, uncollected

NEWS: Scope = {
    **SCOPE,
    "method": "GET",
    "path": "/api/news",
    "raw_path": b"/api/news",
    "query_string": b"",
    "root_path": "",
    "scheme": "http",
    "http_version": "1.1",
    "headers": [(b"host", b"127.0.0.1")],
    "client": ("127.0.0.1", 50000),
    "server": ("127.0.0.1", 8091),
}


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "taken"])
def test_a_page_of_this_machine_is_closed_and_the_tablet_hears_the_code(tmp_path: Path, *, is_held: bool) -> None:
    async def run() -> str:
        news = News(tmp_path / "agent.sock")
        tablet = news.stream(is_here=False)
        await anext(tablet)
        await leave(create_app(tmp_path / "agent.sock", news), 1, is_held=is_held, scope=dict(NEWS))
        news.scanned("SHIAN-B.A-12")
        async with asyncio.timeout(20):
            heard = await anext(tablet)
        await tablet.aclose()
        return heard

    with uncollected():
        heard = asyncio.run(run())
    assert json.loads(heard.split("\n")[1].removeprefix("data: ")) == {"text": "SHIAN-B.A-12"}
