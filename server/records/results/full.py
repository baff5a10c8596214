"""One result with everything that stands behind it: the limit that decided, the device's own words, its place in the
chain and the proof of it, its alert."""

import json
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.records.results.rows import RESULTS, Result
from server.records.words import words_of
from wire.terms import AlertState, Comparison, Severity, Verdict

router = APIRouter(tags=["results"])


class DecidingLimit(BaseModel):
    """Row of the limit table that decided, as it was when the result was taken in."""

    code: str
    comparison: Annotated[Comparison, Field(description="the limit is violated when `value comparison limit` holds")]
    value: float
    unit: str
    commodity: str
    standard: str
    source: str
    valid_from: date
    version: int


class OwnLimit(BaseModel):
    """Limit that the device itself applied, as the event says."""

    comparison: Comparison
    value: float
    unit: str
    standard: str = ""


class StationRuling(BaseModel):
    """Verdict of the station by the limit table that came down to it, as the event says."""

    limits_version: str
    verdict: Verdict


class Place(BaseModel):
    """Place of the event in the chain of its station, and what covers it."""

    stream: UUID
    sequence: int
    hash: Annotated[str, Field(description="sha256 of the event's exact bytes, hex")]
    previous: Annotated[str, Field(description="that of the event before, as this one names it")]
    through: Annotated[int, Field(description="all events up to this one are here, and every link holds")]
    broken_at: Annotated[int | None, Field(description="the first event whose link does not hold")]
    signed_through: int
    signed_at: Annotated[
        AwareDatetime | None, Field(description="when the station signed the first checkpoint that covers it")
    ]
    signed_by: Annotated[int | None, Field(description="the number of that checkpoint in the chain")]
    anchor: Annotated[int | None, Field(description="number of the first anchor of the centre after that")]
    anchored_at: AwareDatetime | None
    kept_at: Annotated[list[str], Field(description="places outside of the database that have the anchor")]


class ItsAlert(BaseModel):
    """Alert that tells of the result or of its sample and item."""

    id: UUID
    rule: str
    severity: Severity
    state: AlertState
    opened_at: AwareDatetime


class ResultInFull(BaseModel):
    """One result and its proof. `said`, `raw` and `place` are for those who may read the ledger; else null."""

    row: Result
    limit: Annotated[DecidingLimit | None, Field(description="null: no limit applied, or the device alone decided")]
    own_limit: OwnLimit | None
    by_station: Annotated[
        StationRuling | None, Field(description="null: the station judged by the limits of its package, or not at all")
    ]
    said: Annotated[dict[str, Any] | None, Field(description="the event's data as the station made it, without `raw`")]
    raw: Annotated[str | None, Field(description="base64 of the bytes of the device that were decoded")]
    place: Place | None
    alerts: list[ItsAlert]


class _Stored(Place):
    body: bytes


@router.get("/results/{event}")
async def one_result(db: Db, caller: Annotated[Caller, need("results.read")], event: UUID) -> ResultInFull:
    """Return one result by its event, with the limit that decided, the device's own words, and its proof."""
    async with db.transaction() as transaction:
        row = await RESULTS.one(transaction, caller.reach, event)
        if row is None:
            raise words_of("results").not_found()
        limit = await _limit(transaction, row)
        stored = await transaction.row(_Stored, "results.place", {"event": event})
        about = {"event": event, "station": row.station, "sample": row.sample_said, "item": row.item}
        may_see_alerts = caller.may("alerts.read")
        alerts = await transaction.rows(ItsAlert, "results.its_alerts", about) if may_see_alerts else []
    said: dict[str, Any] = json.loads(stored.body)["data"] if stored else {}
    raw = str(said.pop("raw", ""))
    own = OwnLimit.model_validate(said["limit"]) if said.get("limit") else None
    may_see_all = stored is not None and caller.may("events.read")
    place = Place.model_validate(stored.model_dump(exclude={"body"})) if stored and may_see_all else None
    return ResultInFull(
        row=row,
        limit=limit,
        own_limit=own,
        by_station=_by_station(said),
        said=said if may_see_all else None,
        raw=raw if may_see_all else None,
        place=place,
        alerts=alerts,
    )


def _by_station(said: dict[str, Any]) -> StationRuling | None:
    if not said.get("station_verdict"):
        return None
    return StationRuling(limits_version=said.get("limits_version", ""), verdict=said["station_verdict"])


async def _limit(transaction: Transaction, row: Result) -> DecidingLimit | None:
    if row.decided_by is None:
        return None
    values = {"code": row.decided_by, "at": row.received_at}
    return await transaction.row(DecidingLimit, "results.limit", values)
