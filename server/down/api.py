"""/api/v1/documents/{station} for stations: the newest document, by a ticket of the station's key."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from server.access.need import need
from server.down.maker import Maker
from server.media.errors import NO_TICKET
from server.media.tickets import station_of
from server.problems import Kind, ProblemError
from wire.down import AUDIENCE
from wire.kinds.envelope import STATION_PATTERN

_TYPE = "application/vnd.shian.down"
_NONE = Kind(404, "not-found", "There is no document for this station.", "该检测点没有下发资料。")


def router(maker: Maker) -> APIRouter:
    """Return the route by which stations fetch their document."""
    routes = APIRouter(tags=["documents"])

    @routes.get(
        "/documents/{station}",
        response_class=Response,
        dependencies=[need("documents.fetch")],
        responses={200: {"content": {_TYPE: {}}}, 304: {"description": "the station has it"}},
    )
    async def document(
        station: Annotated[str, Path(pattern=f"^{STATION_PATTERN}$")],
        authorization: Annotated[str, Header()] = "",
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """Return the document (seal and bytes, docs/edge.md), or 304 where the station has it."""
        if await station_of(maker.db, authorization, station, audience=AUDIENCE) != station:
            raise ProblemError(NO_TICKET)
        made = await maker.make(station)
        if made is None:
            raise ProblemError(_NONE)
        headers = {"ETag": f'"{made.tag}"', "Cache-Control": "no-store", "Shian-Version": str(made.version)}
        if if_none_match.strip().strip('"') == made.tag:
            return Response(status_code=304, headers=headers)
        return Response(made.body, media_type=_TYPE, headers=headers)

    return routes
