"""Sets of cameras for the wall: one's own, or shared with everybody. Each shows the cameras that the viewer may see."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from uuid_utils.compat import uuid7

from server.access.caller import Caller
from server.access.need import Beside, need
from server.database import Db, Transaction
from server.lists.filters import Paged
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.problems import Kind, ProblemError, not_found
from storage.deeds import Deed
from wire.kinds.envelope import STATION_PATTERN

router = APIRouter()
_MOST = 200
_SHARE = Beside("cameras.share")
_NOT_SHARED = Kind(
    403, "not-permitted", "Your account may not share sets of cameras.", "您的账号没有共享摄像头分组的权限。"
)
_UNKNOWN = Kind(422, "unknown-camera", "There is no such camera.", "没有这个摄像头。")
CameraKey = Annotated[
    str, StringConstraints(pattern=rf"^{STATION_PATTERN}/[A-Za-z0-9._:-]{{1,64}}$"), Field(description="STATION/CAMERA")
]


class NewCameraGroup(BaseModel):
    """Set of cameras, in the order of the wall."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    cameras: Annotated[list[CameraKey], Field(min_length=1, max_length=_MOST)]
    is_shared: bool = False


class CameraGroup(BaseModel):
    """Set of cameras. `cameras`: those that the viewer may see."""

    id: UUID
    title: str
    cameras: list[str]
    is_shared: bool
    is_own: bool
    author: str
    created_at: AwareDatetime


CAMERA_GROUPS = Listing(
    sql="cameras.groups",
    row=CameraGroup,
    order=Newest("created_at", "id"),
    station=None,
    within="EXISTS (SELECT FROM unnest(g.cameras) AS c WHERE split_part(c, '/', 1) = ANY (%(reach_stations)s::text[]))",
)


class _Whole(BaseModel):
    cameras: list[str]
    is_shared: bool
    is_own: bool


@router.get("/camera-groups")
async def list_camera_groups(
    db: Db, caller: Annotated[Caller, need("cameras.read")], asked: Annotated[Paged, Query()]
) -> Page[CameraGroup]:
    """List one's own sets of cameras and the shared ones, the newest first."""
    return await CAMERA_GROUPS.page(db, caller.reach, asked, _holder(caller))


@router.post("/camera-groups", status_code=201)
async def create_camera_group(
    db: Db, caller: Annotated[Caller, need("cameras.groups")], new: NewCameraGroup
) -> CameraGroup:
    """Make a set of cameras."""
    identity = uuid7()
    async with db.transaction() as transaction:
        await _check(transaction, caller, new)
        row = {**new.model_dump(), "id": identity, "author": caller.name, "account": caller.account}
        await transaction.run("cameras.add_group", row)
        await transaction.record(Deed(caller.actor, "camera_group_made", str(identity), facts=new.model_dump()))
        return await _one(transaction, caller, identity)


@router.put("/camera-groups/{group}")
async def change_camera_group(
    db: Db, caller: Annotated[Caller, need("cameras.groups")], group: UUID, change: NewCameraGroup
) -> CameraGroup:
    """Change the title, the cameras and the sharing of a set."""
    async with db.transaction() as transaction:
        await _may_change(transaction, caller, group)
        await _check(transaction, caller, change)
        await transaction.run("cameras.change_group", {**change.model_dump(), "id": group})
        await transaction.record(Deed(caller.actor, "camera_group_changed", str(group), facts=change.model_dump()))
        return await _one(transaction, caller, group)


@router.post("/camera-groups/{group}/end", status_code=204)
async def end_camera_group(db: Db, caller: Annotated[Caller, need("cameras.groups")], group: UUID) -> None:
    """Remove a set of cameras from the wall."""
    async with db.transaction() as transaction:
        await _may_change(transaction, caller, group)
        found = await _one(transaction, caller, group)
        await transaction.run("cameras.end_group", {"id": group})
        await transaction.record(Deed(caller.actor, "camera_group_ended", str(group), facts={"title": found.title}))


def _holder(caller: Caller) -> dict[str, object]:
    """Return who asks, as the statements name it: the account, or the name where nobody signs in."""
    return {"holder": str(caller.account or caller.name), "seen": caller.reach.listed()}


async def _one(transaction: Transaction, caller: Caller, group: UUID) -> CameraGroup:
    row = await CAMERA_GROUPS.one(transaction, caller.reach, group, _holder(caller))
    if row is None:
        raise not_found("set of cameras", "摄像头分组")
    return row


async def _may_change(transaction: Transaction, caller: Caller, group: UUID) -> None:
    """Check that the caller may change the set: his own; a shared one where he may share all that it shows. Raises
    ProblemError (403, 404)."""
    await _one(transaction, caller, group)
    whole = await transaction.row(_Whole, "cameras.whole_group", {"id": group, **_holder(caller)})
    if whole is None:
        raise not_found("set of cameras", "摄像头分组")
    if whole.is_shared and not _may_share(caller, whole.cameras):
        raise ProblemError(_NOT_SHARED)


def _may_share(caller: Caller, cameras: list[str]) -> bool:
    reach = _SHARE.reach(caller)
    return _SHARE.has(caller) and all(reach.has_station(camera.partition("/")[0]) for camera in cameras)


async def _check(transaction: Transaction, caller: Caller, new: NewCameraGroup) -> None:
    """Check the cameras of a set. Raises ProblemError (403, 422)."""
    known = await transaction.rows(_Known, "cameras.known", {"cameras": new.cameras})
    names = {one.camera for one in known}
    for camera in new.cameras:
        if camera not in names or not caller.reach.has_station(camera.partition("/")[0]):
            raise ProblemError(_UNKNOWN)
    if new.is_shared and not _may_share(caller, new.cameras):
        raise ProblemError(_NOT_SHARED)


class _Known(BaseModel):
    camera: str
