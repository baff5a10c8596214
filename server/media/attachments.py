"""Attachments of alerts: brought by people, kept by their hash as evidence is, looked at with a deed.

The bytes are in the archive before the row says so. A type is what the bytes are, never what the request calls them.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathOf
from pydantic import BaseModel, StringConstraints
from starlette.requests import ClientDisconnect

from server.access.caller import Caller
from server.access.need import need
from server.database import Database, Db
from server.media.archive import Archive, ArchiveAwayError, ArchiveFullError
from server.media.errors import AWAY, NO_ROOM
from server.media.incoming import Arrived, Incoming
from server.media.looks import Looks
from server.media.threads import MOVING, TAKING
from server.media.upload import HASH
from server.media.viewing import answer
from server.problems import Kind, ProblemError, not_found
from server.records.alerts import steps
from server.records.alerts.rows import ALERTS, AlertInFull, in_full
from server.records.alerts.steps import STEP, Taken
from server.records.words import words_of
from storage.deeds import Deed
from wire.terms import AlertAction

MOST_BYTES = 10 << 20
_MOST_EACH = 20
# By the first bytes; of an MP4 the first four are a length.
_TYPES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf"))
_KINDS = (*(kind for _, kind in _TYPES), "video/mp4")
_BAD_TYPE = Kind(
    422,
    "attachment-type",
    "An attachment is a JPEG or PNG picture, a PDF document or an MP4 clip.",
    "附件须为 JPEG、PNG 图片，PDF 文档或 MP4 视频。",
)
_TOO_MANY = Kind(
    409,
    "too-many-attachments",
    f"An alert has {_MOST_EACH} attachments at most.",
    f"每条预警最多 {_MOST_EACH} 个附件。",
)
_CUT = Kind(400, "cut-short", "The attachment did not arrive whole.", "附件未完整到达。")
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f/\\]+$"),
    Query(description="name of the file"),
]


class _Known(BaseModel):
    count: int
    is_there: bool


class _Stored(BaseModel):
    station: str
    name: str
    type: str
    size: int


class Attachments:
    """Taking in of attachments. `incoming`: where they lie until they are whole; `new_id` names them there."""

    def __init__(self, db: Database, incoming: Incoming, archive: Archive, new_id: Callable[[], UUID]) -> None:
        self.archive = archive
        self._db = db
        self._incoming = incoming
        self._new_id = new_id

    async def take(self, caller: Caller, alert: UUID, name: str, request: Request) -> AlertInFull:
        """Take the body of a request in. Raises ProblemError (400, 404, 409, 422, 503, 507)."""
        async with self._db.transaction() as transaction:
            if await ALERTS.one(transaction, caller.reach, alert) is None:
                raise words_of("alerts").not_found()
        path = self._incoming.folder / f"attachment-{self._new_id()}.part"
        await TAKING.run(self._incoming.disk.check_room, MOST_BYTES)
        try:
            digest, kind, size = await self._write(path, request)
            await MOVING.run(self._keep, digest, Arrived(path, kind, size))
        finally:
            await TAKING.run(path.unlink, missing_ok=True)
        facts = {"hash": digest, "name": name, "type": kind, "size": size}
        async with self._db.transaction() as transaction:
            row = {"alert": alert, **facts, "hash": bytes.fromhex(digest), "actor": caller.name}
            row["account"] = caller.account
            await steps.lock(transaction, caller, alert)
            known = await transaction.row(_Known, "media.attachments_of", row)
            assert known is not None, "an aggregate has one row"
            if not known.is_there and known.count >= _MOST_EACH:
                raise ProblemError(_TOO_MANY)
            if not known.is_there and await transaction.run("media.attach", row):
                await steps.add(transaction, caller, alert, Taken(AlertAction.ATTACHED, facts=facts))
            return await in_full(transaction, caller.reach, alert)

    async def _write(self, path: Path, request: Request) -> tuple[str, str, int]:
        """Write the body, and return its hash, type and size. Raises ProblemError (400, 422, 503, 507)."""
        digest, head, size = hashlib.sha256(), b"", 0
        with self._incoming.disk.writing():
            file = await TAKING.run(path.open, "xb")
        try:
            async for block in request.stream():
                head = (head + block)[:16] if len(head) < 16 else head
                digest.update(block)
                size += len(block)
                with self._incoming.disk.writing():
                    await TAKING.run(file.write, block)
        except ClientDisconnect as exc:
            raise ProblemError(_CUT) from exc
        finally:
            await TAKING.run(file.close)
        return digest.hexdigest(), _type_of(head), size

    def _keep(self, digest: str, arrived: Arrived) -> None:
        try:
            self.archive.put(digest, arrived)
        except ArchiveFullError as exc:
            raise ProblemError(NO_ROOM) from exc
        except ArchiveAwayError as exc:
            raise ProblemError(AWAY) from exc


def _type_of(head: bytes) -> str:
    """Return the type by the first bytes. Raises ProblemError (422)."""
    found = next((kind for mark, kind in _TYPES if head.startswith(mark)), "")
    if not found and head[4:8] == b"ftyp":
        found = "video/mp4"
    if not found:
        raise ProblemError(_BAD_TYPE)
    return found


def router(attachments: Attachments) -> APIRouter:
    routes = APIRouter(prefix="/alerts/{alert}/attachments", tags=["alerts"])
    looks = Looks()

    @routes.post(
        "",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS},
            }
        },
    )
    async def attach(caller: Annotated[Caller, need(STEP)], alert: UUID, request: Request, name: Name) -> AlertInFull:
        """Add a file to an alert: the body is the file, of 10 MiB at most. One that is there already is not added
        again."""
        return await attachments.take(caller, alert, name, request)

    @routes.get("/{digest}", response_class=Response, responses=_A_FILE)
    async def look(
        db: Db,
        caller: Annotated[Caller, need("alerts.attachments")],
        alert: UUID,
        digest: Annotated[str, PathOf(pattern=f"^{HASH}$", description="sha256, hex")],
    ) -> Response:
        """Return a file of an alert by its hash. Each look is a deed."""
        values = {"alert": alert, "hash": bytes.fromhex(digest), "reach": caller.reach.listed()}
        found = await db.row(_Stored, "media.attachment", values)
        if found is None:
            raise not_found("attachment", "附件")
        who = (caller.account, caller.name, caller.address, alert, digest)
        if not looks.is_going_on(who):
            facts = {"hash": digest, "name": found.name}
            async with db.transaction() as transaction:
                deed = Deed(caller.actor, "alert_attachment_viewed", str(alert), found.station, facts=facts)
                await transaction.record(deed)
            looks.began(who)
        shown = await answer(attachments.archive, digest, found)
        # A document may hold scripts: it is kept, not opened here.
        way = "attachment" if found.type == "application/pdf" else "inline"
        shown.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(found.name)}"
        return shown

    return routes


_A_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in _KINDS}, "description": "The bytes, of the type that they are"}
}
