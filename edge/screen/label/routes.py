"""The requests of the page about labels.

GET  /label/SAMPLE?lang=zh  the sheet that the browser prints
POST /api/label             {"sample": ...}: to the station's printer; {"sent": false} where the station has none"""

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from edge.samples.client import AgentAwayError, AskRefusedError
from edge.screen.agents import Agents
from edge.screen.label.content import Label
from edge.screen.label.escpos import bytes_of
from edge.screen.label.printer import Printer, PrinterAwayError
from edge.screen.label.sheet import Language, sheet
from edge.screen.operators import Operators
from edge.screen.refusal import refusal

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of samples. `printer`: that of the station; None: browsers print."""

    agents: Agents
    operators: Operators
    printer: Printer | None

    def routes(self) -> list[Route]:
        return [Route("/label/{sample}", self.show), Route("/api/label", self.print, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """Answer with the sheet of a label."""
        language: Language = "en" if request.query_params.get("lang") == "en" else "zh"
        try:
            label = await run_in_threadpool(self._label, request.path_params["sample"])
        except AskRefusedError as exc:
            return refusal(404, exc.reason, str(exc), exc.facts)
        except AgentAwayError as exc:
            return refusal(503, "away", str(exc))
        return HTMLResponse(sheet(label, language))

    async def print(self, request: Request) -> Response:
        """Send a label to the printer. Nothing hangs on it: the sample is registered, and may be printed again."""
        if await run_in_threadpool(self.operators.who, request) is None:
            return refusal(401, "locked", "sign in")
        try:
            name = str(json.loads(await request.body())["sample"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return refusal(400, "bad_request", "a sample is expected")
        return await run_in_threadpool(self._printed, name)

    def _printed(self, name: str) -> Response:
        try:
            label = self._label(name)
            if self.printer is None:
                return JSONResponse({"sent": False})
            self.printer.send(bytes_of(label))
        except AskRefusedError as exc:
            return refusal(422, exc.reason, str(exc), exc.facts)
        except AgentAwayError as exc:
            return refusal(503, "away", str(exc))
        except PrinterAwayError as exc:
            log.warning("label_not_printed", sample=name[:100], reason=str(exc))
            return refusal(503, "printer_away", str(exc))
        return JSONResponse({"sent": True})

    def _label(self, name: str) -> Label:
        """Return the label of a sample. Raises AgentAwayError, AskRefusedError."""
        sample: dict[str, Any] = self.agents.ask("sample", {"sample": name})
        return Label.of(sample, ZoneInfo(self.agents.ask("hello")["timezone"]))
