"""Zones and masks of cameras: drawn here, sent down in the station's signed document; what the station says of them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.lists.filters import Area, PagedByName, Station, Word
from server.lists.listing import Listing, Page
from server.lists.orders import ByName
from server.problems import Kind, ProblemError
from server.records.words import words_of
from storage.deeds import Deed
from wire.kinds.envelope import STATION_PATTERN
from wire.layouts import Layout, Polygon, Zone
from wire.status import CameraStatus, DocumentStatus

router = APIRouter()
_CHANGED = Kind(
    409,
    "changed-meanwhile",
    "Somebody else has drawn on this camera meanwhile: load it again.",
    "已有他人修改该摄像头的区域，请重新载入。",
)


class NewCameraLayout(BaseModel):
    """Zones and masks of a camera as they shall be. `zones` null: those of the station's own settings."""

    model_config = ConfigDict(extra="forbid")

    station: Annotated[str, Field(pattern=f"^{STATION_PATTERN}$")]
    camera: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
    layout: Layout
    based_on: Annotated[int, Field(ge=0, le=2**53, description="the version that was changed; 0: there was none")]
    why: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""


class CameraLayout(BaseModel):
    """Camera with its zones and masks: as the centre wants them, and as its station says that they are.

    `state`: `none` (the centre said nothing), `sent` (the station has not answered yet), `in_force`, `refused`.
    `own_zones` and `own_masks` are those of the station's settings, `needed` the zones that its rules name."""

    station: str
    name: str
    version: int | None
    layout: Layout | None
    at: AwareDatetime | None
    author: str
    state: Literal["none", "sent", "in_force", "refused"]
    in_force: Annotated[int | None, Field(description="the version that the station uses; 0: its own settings")]
    refusal: Annotated[str, Field(description="why the station does not use it")]
    refusal_detail: str
    told_at: Annotated[AwareDatetime | None, Field(description="when the station last told of itself")]
    own_zones: list[Zone]
    own_masks: list[Polygon]
    needed: list[str]


class _Row(BaseModel):
    """Row of the list, as the database has it."""

    station: str
    name: str
    version: int | None
    layout: Layout | None
    at: AwareDatetime | None
    author: str
    said: CameraStatus | None
    document: DocumentStatus | None
    told_at: AwareDatetime | None

    def shown(self) -> CameraLayout:
        """Return the row as it is shown, with what became of the newest version."""
        said = self.said or CameraStatus(name=self.name)
        state: Literal["none", "sent", "in_force", "refused"] = "none"
        refusal, detail = "", ""
        if self.version is not None:
            state = "in_force" if said.layout == self.version else "sent"
            if said.refused == self.version:
                state, refusal, detail = "refused", said.refusal, said.detail
            elif state == "sent" and self.document and self.document.refusal:
                # The whole document was not taken, and this with it.
                state, refusal, detail = "refused", self.document.refusal, self.document.detail
        return CameraLayout(
            station=self.station,
            name=self.name,
            version=self.version,
            layout=self.layout,
            at=self.at,
            author=self.author,
            state=state,
            in_force=said.layout if self.said else None,
            refusal=refusal,
            refusal_detail=detail,
            told_at=self.told_at,
            own_zones=list(said.zones),
            own_masks=list(said.masks),
            needed=list(said.needed),
        )


class CameraLayouts(PagedByName):
    """Filters of cameras."""

    limit: Annotated[int, Field(ge=1, le=200, description="cameras a page")] = 100
    station: Station = None
    area: Area = None
    name: Word = None


CAMERA_LAYOUTS = Listing(sql="cameras.layouts", row=_Row, order=ByName(("station", "name")), station="station")


@router.get("/camera-layouts")
async def list_camera_layouts(
    db: Db, caller: Annotated[Caller, need("cameras.read")], asked: Annotated[CameraLayouts, Query()]
) -> Page[CameraLayout]:
    """List cameras with their zones and masks, by station and name."""
    page = await CAMERA_LAYOUTS.page(db, caller.reach, asked)
    return Page(items=[row.shown() for row in page.items], next=page.next)


@router.post("/camera-layouts", status_code=201)
async def send_camera_layout(
    db: Db, caller: Annotated[Caller, need("cameras.layout")], new: NewCameraLayout
) -> CameraLayout:
    """Send zones and masks to a camera's station. It fetches them within seconds when it is in touch, else later."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller, new.station, new.camera)
        missing = new.layout.missing(tuple(found.needed))
        if missing:
            raise ProblemError(_needed(missing))
        values: dict[str, Any] = {
            "station": new.station,
            "camera": new.camera,
            "layout": Jsonb(new.layout.model_dump(mode="json")),
            "based_on": new.based_on,
            "author": caller.name,
            "account": caller.account,
        }
        if not await transaction.run("cameras.add_layout", values):
            raise ProblemError(_CHANGED)
        sent = await _one(transaction, caller, new.station, new.camera)
        facts = {"version": sent.version, **new.layout.model_dump(mode="json", exclude_defaults=True)}
        deed = Deed(caller.actor, "camera_layout_sent", new.camera, new.station, new.why, facts)
        await transaction.record(deed)
        return sent


def _needed(zone: str) -> Kind:
    return Kind(
        422,
        "zone-needed",
        f"A rule of this camera looks in the zone {zone}: it must be among the zones.",
        f"该摄像头的规则使用区域 {zone}，不可缺少。",
    )


async def _one(transaction: Transaction, caller: Caller, station: str, camera: str) -> CameraLayout:
    rows = await CAMERA_LAYOUTS.rows(transaction, caller.reach, CameraLayouts(station=station, name=camera, limit=1))
    if not rows:
        raise words_of("cameras").not_found()
    return rows[0].shown()
