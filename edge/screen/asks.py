"""The requests that the page may ask the agent: those of the desk by name, with who asks put in by this server.

POST /api/ask/NAME with a JSON object; the answer of the agent, or {"refused": ..., "text": ..., "facts": ...}."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge.samples.client import AgentAwayError, AskRefusedError
from edge.screen.agents import Agents
from edge.screen.operators import Operators
from edge.screen.refusal import refusal

# By name: the field that says who did it, or "" for a look that everybody at the screen may take.
ASKS = {
    "hello": "",
    "state": "",
    "foods": "",
    "businesses": "",
    "samples": "",
    "sample": "",
    "results": "",
    "layout": "",
    "scan": "",
    "progress": "",
    "register": "who",
    "amend": "who",
    "lay_out": "who",
    "link": "who",
    "type_result": "who",
    "handle": "who",
    "cases": "",
}
_LONGEST = 32 * 1024


@dataclass(frozen=True, slots=True)
class Asks:
    agents: Agents
    operators: Operators

    def routes(self) -> list[Route]:
        return [Route("/api/ask/{name}", self.ask, methods=["POST"]), Route("/api/down", self.down)]

    async def ask(self, request: Request) -> Response:
        """Ask the agent what the page asks."""
        name = request.path_params["name"]
        if name not in ASKS:
            return refusal(404, "bad_request", f"no request {name!r}")
        body = await request.body()
        try:
            fields = json.loads(body or b"{}")
            if not isinstance(fields, dict) or len(body) > _LONGEST:
                raise ValueError("no object, or too large")
        except (ValueError, RecursionError) as exc:
            return refusal(400, "bad_request", str(exc))
        if ASKS[name]:
            who = await run_in_threadpool(self.operators.who, request)
            if who is None:
                return refusal(401, "locked", "sign in")
            fields[ASKS[name]] = who
        return await self.answered(name, fields)

    async def down(self, _: Request) -> Response:
        """Answer with what came down from the centre, without what proves a PIN."""
        answer = await self.answered("down", {})
        if answer.status_code != 200:
            return answer
        document = json.loads(bytes(answer.body))
        document["operators"] = [
            {"code": one["code"], "name": one["name"], "has_pin": bool(one.get("pin"))} for one in document["operators"]
        ]
        return JSONResponse(document)

    async def answered(self, name: str, fields: dict[str, Any]) -> Response:
        """Ask the agent, and return its answer as a response."""
        try:
            return JSONResponse(await run_in_threadpool(self.agents.ask, name, fields))
        except AskRefusedError as exc:
            status = 409 if exc.reason == "changed" else 422
            return refusal(status, exc.reason, str(exc), exc.facts)
        except AgentAwayError as exc:
            return refusal(503, "away", str(exc))
