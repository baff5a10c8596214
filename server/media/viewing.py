"""Media for people: the list by camera event, and the bytes. Every look at a picture is in the audit."""

import asyncio
import re
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from typing import Annotated, Protocol
from uuid import UUID

import structlog
from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel

from process.streamed import Streamed
from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.media.archive import Archive, ArchiveAwayError
from server.media.errors import AWAY
from server.media.looks import Looks
from server.media.threads import READING
from server.media.upload import HASH
from server.problems import Kind, ProblemError, not_found
from storage.deeds import Deed

log = structlog.get_logger()
_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")
_BAD_RANGE = Kind(416, "bad-range", "There are no such bytes.", "没有所请求的字节范围。")


class Stored(BaseModel):
    station: str
    device: str
    key: UUID
    type: str
    size: int


def router(archive: Archive) -> APIRouter:
    routes = APIRouter(prefix="/media", tags=["cameras"])
    looks = Looks()

    @routes.get(
        "/{digest}",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}, "video/mp4": {}}}, 206: {"description": "a range of it"}},
    )
    async def media(
        db: Db,
        caller: Annotated[Caller, need("media.view")],
        digest: Annotated[str, Path(pattern=f"^{HASH}$", description="sha256, hex")],
        range_: Annotated[str, Header(alias="range")] = "",
    ) -> Response:
        """Return a picture or a clip by its hash. 404 until it has come from its station. `Range` is understood."""
        found = await db.row(Stored, "media.by_hash", {"hash": bytes.fromhex(digest), "reach": caller.reach.listed()})
        if found is None:
            raise not_found("picture or clip", "图片或视频")
        first, last = _span(range_, found.size)
        who = (caller.account, caller.name, caller.address, digest)
        if first == 0 or not looks.is_going_on(who):
            facts = {"station": found.station, "device": found.device, "key": found.key}
            async with db.transaction() as transaction:
                await transaction.record(Deed(caller.actor, "media_viewed", digest, found.station, facts=facts))
            looks.began(who)
        return await answer(archive, digest, found, (first, last), is_part=bool(range_))

    return routes


class Sized(Protocol):
    """A file of the archive, as its row tells."""

    @property
    def type(self) -> str: ...
    @property
    def size(self) -> int: ...


async def answer(
    archive: Archive, digest: str, found: Sized, span: tuple[int, int] | None = None, *, is_part: bool = False
) -> Response:
    """Return the bytes from the first to the last of `span`; None: all. Raises ProblemError (404, 503)."""
    first, last = span or (0, found.size - 1)
    blocks = _blocks(archive, digest, first, last - first + 1)
    try:
        head = await anext(blocks, b"")
    except FileNotFoundError as exc:
        log.error("media_missing", hash=digest)
        raise not_found("picture or clip", "图片或视频") from exc
    except ArchiveAwayError as exc:
        log.warning("media_archive_away", reason=str(exc)[:300])
        raise ProblemError(AWAY) from exc
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(last - first + 1),
        "Cache-Control": "no-store",  # evidence that is looked at again is asked for again
        "ETag": f'"{digest}"',
    }
    if is_part:
        headers["Content-Range"] = f"bytes {first}-{last}/{found.size}"
    return Streamed(head, blocks, found.type, headers, 206 if is_part else 200)


async def _blocks(archive: Archive, digest: str, first: int, length: int) -> AsyncGenerator[bytes, None]:
    blocks = archive.read(digest, first, length)
    reading: Future[bytes] | None = None
    try:
        while block := await asyncio.wrap_future(reading := READING.begin(next, blocks, b"")):
            yield block
    finally:
        # At once, or by the thread that still reads: whoever left cancels every wait of this task.
        if reading is not None:
            reading.add_done_callback(lambda _: blocks.close())


def _span(text: str, size: int) -> tuple[int, int]:
    """Return the first and last byte that are asked for. Raises ProblemError (416)."""
    if not text:
        return 0, size - 1
    match = _RANGE.fullmatch(text.replace(" ", ""))
    if match is None or (match[1] is None and match[2] is None):
        raise ProblemError(_BAD_RANGE)
    if match[1] is None:
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size), size - 1)
    if first > last:
        raise ProblemError(_BAD_RANGE)
    return first, last
