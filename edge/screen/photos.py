"""Photographs from the page: POST /api/photo with the bytes of a JPEG file; the answer is {"photo": sha256}.

Type and length are those of the bytes themselves, whatever the request says. All that a camera adds - place, device,
time, a preview - is taken out: what is kept is the picture."""

import base64
import hashlib
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge.samples.client import AgentAwayError, AskRefusedError
from edge.screen.agents import Agents
from edge.screen.operators import Operators
from edge.screen.refusal import refusal

_LONGEST = 2 << 20
_PIECE = 36 * 1024  # in base64 it fits a line of the desk
_START, _SCAN, _END = 0xD8, 0xDA, b"\xff\xd9"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# JFIF and Adobe say how the colours are meant; the other application segments and comments go.
_GOES = (frozenset(range(0xE1, 0xF0)) - {0xEE}) | {0xFE}


@dataclass(frozen=True, slots=True)
class Photos:
    agents: Agents
    operators: Operators

    def routes(self) -> list[Route]:
        return [Route("/api/photo", self.take, methods=["POST"])]

    async def take(self, request: Request) -> Response:
        """Take a photograph, and answer with its name."""
        if await run_in_threadpool(self.operators.who, request) is None:
            return refusal(401, "locked", "sign in")
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > _LONGEST:
                return refusal(413, "photo_too_large", f"above {_LONGEST} bytes")
        try:
            plain = picture_alone(bytes(body))
        except ValueError as exc:
            return refusal(415, "no_photo", str(exc))
        return await run_in_threadpool(self._kept, plain)

    def _kept(self, data: bytes) -> Response:
        name = hashlib.sha256(data).hexdigest()
        try:
            for offset in range(0, len(data), _PIECE):
                piece = base64.b64encode(data[offset : offset + _PIECE]).decode()
                self.agents.ask("photo", {"photo": name, "size": len(data), "offset": offset, "data": piece})
        except AskRefusedError as exc:
            return refusal(422, exc.reason, str(exc), exc.facts)
        except AgentAwayError as exc:
            return refusal(503, "away", str(exc))
        return JSONResponse({"photo": name})


def picture_alone(data: bytes) -> bytes:
    """Return a JPEG file without what was added to the picture. Raises ValueError for anything but a whole one."""
    if data[:2] != bytes((0xFF, _START)):
        raise ValueError("no JPEG file")
    kept, place, has_frame = bytearray(data[:2]), 2, False
    while True:
        if place + 4 > len(data) or data[place] != 0xFF:
            raise ValueError("a damaged JPEG file")
        marker = data[place + 1]
        if marker == 0xFF:  # padding
            place += 1
            continue
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == _SCAN:
            break
        has_frame |= marker in _FRAMES
        if marker not in _GOES:
            kept += data[place:end]
        place = end
    last = data.find(_END, place)  # within a scan no other marker looks so; a second picture may lie behind it
    if not has_frame or last < 0:
        raise ValueError("a damaged JPEG file")
    return bytes(kept + data[place : last + 2])
