"""Stations as people keep them: enrolled, renamed, moved, given a new code, taken out of service. Each is a deed."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.problems import Kind, ProblemError
from server.records.proposals.asking import Asked, Outcome, Why, ask
from server.records.stations.revoking import RETIRE, REVOKE
from server.records.words import words_of
from storage import enrolment
from storage.codes import LIFETIME_S
from storage.deeds import Deed
from storage.errors import UnknownAreaError
from storage.stations import RESERVED, Station, taken_in
from wire.kinds.envelope import STATION_PATTERN

router = APIRouter()
StationName = Annotated[str, Path(pattern=f"^{STATION_PATTERN}$", description="the station's name")]
DeviceName = Annotated[str, Path(max_length=200, description="the device's name")]
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_PLAIN)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")]
_THERE = Kind(409, "station-there", "There is a station of this name already.", "已有同名检测点。")
_RESERVED = Kind(
    422, "name-reserved", "This is the name of a part of the centre.", "该名称为中心自身部件所用，请另取名称。"
)
_NO_AREA = Kind(422, "unknown-area", "There is no such area.", "没有这个区域。")
_OUTSIDE = Kind(403, "outside-your-areas", "Choose an area within your own.", "请选择本人所管区域。")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    why: Annotated[Reason, Field(description="for the audit")] = ""


class NewStation(_Body):
    """Station to be enrolled. Its name never changes: its records carry it."""

    name: Annotated[str, StringConstraints(pattern=f"^{STATION_PATTERN}$")]
    title: Title = ""
    title_en: Title = ""
    area: str | None = None
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")] = "market"
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None


class Titles(_Body):
    """Titles for people, in both languages."""

    title: Title
    title_en: Title = ""


class Move(_Body):
    """Area that the station shall lie in; null: none."""

    area: str | None


class Invitation(BaseModel):
    """Code by which a station comes in, once. It is shown here and nowhere again."""

    station: str
    code: str
    expires_at: AwareDatetime
    lifetime_s: int
    server: Annotated[str | None, Field(description="where stations enrol; null: this centre does not say")]
    ca_fingerprint: str | None
    command: Annotated[str, Field(description="to be typed at the station")]


class _There(BaseModel):
    is_there: bool


@router.post("/stations", status_code=201)
async def enrol_station(db: Db, caller: Annotated[Caller, need("stations.change")], new: NewStation) -> Invitation:
    """Enrol a station, and make the code by which it comes in."""
    if new.name in RESERVED:
        raise _at(_RESERVED, "name")
    _check_area(caller, new.area)
    async with db.transaction() as transaction:
        station = Station(**new.model_dump(exclude={"why"}))
        try:
            is_new = await transaction.take(taken_in(station))
        except UnknownAreaError as exc:
            raise _at(_NO_AREA, "area") from exc
        if not is_new:
            raise _at(_THERE, "name")
        facts = {"public_key": None, "title": new.title, "area": new.area}
        said = Deed(caller.actor, "station_enrolled", new.name, new.name, new.why, facts)
        return await _invite(transaction, caller, new.name, new.why, said)


@router.post("/stations/{station}/rekey")
async def rekey_station(
    db: Db, caller: Annotated[Caller, need("stations.change")], station: StationName, said: Why
) -> Invitation:
    """Make a new code: for a lost one, a replaced disk or computer, or a station that was revoked. With its use the key
    and the certificate of before end."""
    async with db.transaction() as transaction:
        await check_station(transaction, caller, station)
        return await _invite(transaction, caller, station, said.why)


@router.post("/stations/{station}/rename", status_code=204)
async def rename_station(
    db: Db, caller: Annotated[Caller, need("stations.change")], station: StationName, new: Titles
) -> None:
    """Give a station other titles; its name stays."""
    async with db.transaction() as transaction:
        await check_station(transaction, caller, station)
        facts = await transaction.take(enrolment.renamed(station, new.title, new.title_en))
        await transaction.record(Deed(caller.actor, "station_renamed", station, station, new.why, facts))


@router.post("/stations/{station}/move", status_code=204)
async def move_station(
    db: Db, caller: Annotated[Caller, need("stations.change")], station: StationName, new: Move
) -> None:
    """Put a station into another area: who sees it and who is told follows."""
    async with db.transaction() as transaction:
        await check_station(transaction, caller, station)
        _check_area(caller, new.area)
        try:
            facts = await transaction.take(enrolment.moved(station, new.area))
        except UnknownAreaError as exc:
            raise _at(_NO_AREA, "area") from exc
        await transaction.record(Deed(caller.actor, "station_moved", station, station, new.why, facts))


@router.post("/stations/{station}/revoke")
async def revoke_station(
    db: Db, caller: Annotated[Caller, need("stations.revoke")], station: StationName, said: Why
) -> Outcome:
    """Listen to the station no more: a stolen or suspect box. A new code (/rekey) takes it in again. It may have to
    wait for a second account (/proposals)."""
    async with db.transaction() as transaction:
        await check_station(transaction, caller, station)
        return await ask(transaction, caller, REVOKE, Asked(station, station, said.why))


@router.post("/stations/{station}/retire")
async def retire_station(
    db: Db, caller: Annotated[Caller, need("stations.revoke")], station: StationName, said: Why
) -> Outcome:
    """Take a station out of service; its records stay. It may have to wait for a second account (/proposals)."""
    async with db.transaction() as transaction:
        await check_station(transaction, caller, station)
        return await ask(transaction, caller, RETIRE, Asked(station, station, said.why))


@router.post("/stations/{station}/devices/{device}/rename", status_code=204)
async def rename_device(
    db: Db, caller: Annotated[Caller, need("stations.change")], station: StationName, device: DeviceName, new: Titles
) -> None:
    """Give a device or camera titles; the name that its records carry stays."""
    async with db.transaction() as transaction:
        await check_station(transaction, caller, station)
        values = {"station": station, "device": device, "title": new.title, "title_en": new.title_en}
        if await transaction.run("stations.name_device", values) == 0:
            raise words_of("stations").not_found()
        facts = {"title": new.title, "title_en": new.title_en}
        await transaction.record(Deed(caller.actor, "device_renamed", device, station, new.why, facts))


async def check_station(transaction: Transaction, caller: Caller, station: str) -> None:
    """Check that the station is there and within reach. Raises ProblemError (404)."""
    found = await transaction.row(_There, "stations.is_there", {"station": station})
    if found is None or not caller.reach.has_station(station):
        raise words_of("stations").not_found()


async def _invite(transaction: Transaction, caller: Caller, station: str, why: str, *before: Deed) -> Invitation:
    made = await transaction.take(enrolment.code_made(station))
    place = await transaction.take(enrolment.noted_place())
    await transaction.record(*before, Deed(caller.actor, "enrolment_code_made", station, station, why))
    return Invitation(
        station=station,
        code=str(made.code),
        expires_at=made.expires_at,
        lifetime_s=LIFETIME_S,
        server=place.url if place else None,
        ca_fingerprint=(place.fingerprint if place else "") or None,
        command=enrolment.invitation(made, place),
    )


def _check_area(caller: Caller, area: str | None) -> None:
    """Refuse an area that is not within reach; none belongs to the whole district. Raises ProblemError (403)."""
    if not caller.reach.has_area(area):
        raise _at(_OUTSIDE, "area")


def _at(kind: Kind, field: str) -> ProblemError:
    """Return a problem with the field of the form that it is about."""
    return ProblemError(kind, [{"where": f"body.{field}", "message": kind.english, "message_zh": kind.chinese}])
