"""The board as an application of its own, mounted at /board: its page, its data, nothing that changes anything.

Whoever opens it costs the agent one look in five seconds, however many they are. While the agent is away the last look
of the same day stays."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from edge.samples.client import AgentAwayError, AskRefusedError
from edge.screen.agents import Agents
from edge.screen.board.rows import Row, rows_of
from edge.screen.board.settings import BoardSettings

log = structlog.get_logger()

_PAGE = Path(__file__).parent / "page"
_FILES = ("board.css", "board.js", "words.json")
_LOOK_S = 5.0
_PAGES = 20  # of 200 results
_FOODS = 1000


@dataclass(slots=True)
class Board:
    """The board, for any thread."""

    agents: Agents
    policy: BoardSettings
    monotonic: Callable[[], float] = time.monotonic
    _shown: dict[str, Any] = field(default_factory=lambda: {"day": "", "at": "", "rows": []})
    _looked_at: float = -_LOOK_S
    _english: dict[str, str] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def application(self) -> Starlette:
        """Return the application that serves it."""
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/data", self.data),
                *(Route(f"/{name}", self.file) for name in _FILES),
            ]
        )

    async def page(self, _: Request) -> Response:
        return FileResponse(_PAGE / "index.html")

    async def file(self, request: Request) -> Response:
        return FileResponse(_PAGE / request.url.path.rpartition("/")[2])

    async def data(self, _: Request) -> Response:
        """Answer with what is shown."""
        return JSONResponse(await run_in_threadpool(self._newest))

    def _newest(self) -> dict[str, Any]:
        with self._turn:
            if self.monotonic() - self._looked_at >= _LOOK_S:
                self._looked_at = self.monotonic()
                try:
                    self._shown = self._look()
                except (AgentAwayError, AskRefusedError) as exc:
                    log.info("board_not_renewed", reason=str(exc))
            return self._shown

    def _look(self) -> dict[str, Any]:
        """Ask the agent. Raises AgentAwayError, AskRefusedError."""
        hello = self.agents.ask("hello")
        zone = ZoneInfo(hello["timezone"])
        now = datetime.fromisoformat(hello["now"]).astimezone(zone)
        waiting = self.agents.ask("samples", {"waiting": True, "limit": 200})
        rows = rows_of(
            self._today(now, zone), waiting, self.policy.words, zone, lots=self._lots(), with_stalls=self.policy.stalls
        )
        shown = [{**asdict(row), "food_en": self._in_english(row)} for row in rows]
        return {"day": now.date().isoformat(), "at": now.strftime("%H:%M"), "rows": shown}

    def _lots(self) -> list[dict[str, Any]]:
        """Return what other stations found, as it came down. Raises AgentAwayError."""
        if not self.policy.lots:
            return []
        try:
            return list(self.agents.ask("lots"))
        except AskRefusedError:  # an agent that was not started again since
            return []

    def _today(self, now: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
        """Return the results of the station's day, the newest first."""
        found: list[dict[str, Any]] = []
        before: dict[str, Any] = {}
        for _ in range(_PAGES):
            page = self.agents.ask("results", {"limit": 200, **before})
            today = [
                one for one in page if datetime.fromisoformat(one["recorded_at"]).astimezone(zone).date() == now.date()
            ]
            found += today
            if len(today) < len(page) or not page:
                break
            before = {"before": page[-1]["number"]}
        return found

    def _in_english(self, row: Row) -> str:
        if row.food not in self._english:
            if len(self._english) >= _FOODS:
                self._english.clear()
            foods = self.agents.ask("foods", {"text": row.food[:100], "limit": 10})
            self._english[row.food] = next((one.get("name_en", "") for one in foods if one["name"] == row.food), "")
        return self._english[row.food]
