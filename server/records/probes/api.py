"""Probes: what each shows now, when it was in trouble, and its values over time with their gaps."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.export import Csv
from server.lists.files import FileForm, files
from server.lists.filters import EQUAL, Area, Exported, Paged, PagedByName, Period, Station, Text
from server.lists.listing import Listing, Page
from server.lists.orders import ByName, Newest
from server.problems import Kind, ProblemError
from server.records.days import Zone
from server.records.looks import Look
from server.records.words import words_of
from wire.terms import ProbeState
from wire.words import FLAGS, PROBE_STATES, QUANTITIES, UNITS

router = APIRouter(tags=["readings"])

Step = Literal["minute", "hour", "day"]
_STEP_S: dict[Step, int] = {"minute": 60, "hour": 3600, "day": 86_400}
_FIRST_YEAR, _LAST_YEAR = 1900, 9000
# The longest time that is drawn by each step.
_LONGEST: dict[Step, timedelta] = {"minute": timedelta(7), "hour": timedelta(400), "day": timedelta(4000)}
# Up to so long the step is chosen for whoever names none; of all stations at once, a month of hours is too much.
_FITS: dict[Step, timedelta] = {"minute": timedelta(hours=36), "hour": timedelta(62), "day": _LONGEST["day"]}
_FITS_ALL: dict[Step, timedelta] = {"minute": timedelta(hours=6), "hour": timedelta(8), "day": _LONGEST["day"]}
# A value comes at least once a minute, and not just then: up to two empty minutes are no gap.
_BRIDGE: dict[Step, int] = {"minute": 3, "hour": 1, "day": 1}
_MOST_PROBES = 500
_BAD_RANGE = Kind(
    422,
    "invalid-range",
    "`to` lies before `from`, or too far behind it for the step.",
    "时间范围无效或过长。",
    places=("query.to",),
)


class Probe(BaseModel):
    """Quantity on a channel of a device, as it is now. `at`: of its last value; `age_s`: by the centre's clock, at the
    moment of the answer."""

    station: str
    device: str
    quantity: str
    channel: Annotated[int | None, Field(description="which probe or slave of the device")]
    name: Annotated[str, Field(description="unique in the device")]
    unit: str
    value: float | None
    at: AwareDatetime | None
    age_s: float | None
    state: ProbeState
    reason: str
    above: Annotated[float | None, Field(description="it is out of range above this, by the centre's limit")]
    below: float | None
    limit_unit: str | None
    for_s: Annotated[float | None, Field(description="seconds that it must last, s")]


class Probes(PagedByName):
    """Filters of probes."""

    area: Area = None
    station: Station = None
    device: Text = None
    quantity: Text = None


class ProbeEvent(BaseModel):
    """Start or end of a time in which a probe was in trouble; `state` `ok`: the agent began anew and found it well."""

    event: UUID
    recorded_at: AwareDatetime
    station: str
    device: str
    quantity: str
    channel: int | None
    key: Annotated[UUID, Field(description="start and end share it")]
    phase: Literal["start", "end"]
    state: ProbeState
    reason: str
    value: Annotated[float | None, Field(description="the last one that was read")]
    unit: str
    lasted_s: float
    comparison: Annotated[str | None, Field(description="of the station's limit, where that was broken")]
    bound: float | None
    for_s: float | None
    flags: str


class ProbeEventFilters(Period):
    """Filters of probe events. `from` <= recorded_at < `to`."""

    area: Area = None
    station: Station = None
    device: Text = None
    quantity: Text = None
    state: Annotated[ProbeState | None, EQUAL] = None


class ProbeEvents(ProbeEventFilters, Paged):
    """A page of probe events."""


class ProbeEventsFile(ProbeEventFilters, Exported):
    """A file of probe events."""


PROBES = Listing(sql="probes.list", row=Probe, order=ByName(("station", "device", "name")), station="station")
EVENTS = Listing(
    sql="probes.events",
    row=ProbeEvent,
    order=Newest("recorded_at", "event"),
    station="station",
    csv=Csv(
        "probe-events",
        words_of("probes").columns,
        {"quantity": QUANTITIES, "unit": UNITS, "flags": FLAGS, "state": PROBE_STATES},
    ),
)


@router.get("/probes")
async def list_probes(
    db: Db, caller: Annotated[Caller, need("readings.read")], asked: Annotated[Probes, Query()]
) -> Page[Probe]:
    """List all probes, by station, device and name."""
    return await PROBES.page(db, caller.reach, asked)


@router.get("/probe-events")
async def list_probe_events(
    db: Db, caller: Annotated[Caller, need("readings.read")], asked: Annotated[ProbeEvents, Query()]
) -> Page[ProbeEvent]:
    """List what happened to probes, the last recorded first."""
    return await EVENTS.page(db, caller.reach, asked)


@files(router, "/probe-events")
async def export_probe_events(
    db: Db,
    caller: Annotated[Caller, need("readings.export")],
    look: Look,
    form: FileForm,
    asked: Annotated[ProbeEventsFile, Query()],
) -> StreamingResponse:
    """Export the same events as one file, CSV or workbook (XLSX); headings in `language`, else in that of
    Accept-Language."""
    return await EVENTS.file(db, caller, look, asked, form)


class Asked(BaseModel):
    """The series that are asked for: `from` <= time < `to`, the last 30 days where nothing is said."""

    model_config = ConfigDict(extra="forbid")

    station: Station = None
    device: Text = None
    quantity: Text = None
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None
    step: Annotated[Step | None, Field(description="none: minutes up to 36 h of a station, hours up to 62 days")] = None


class Line(BaseModel):
    """The series of one probe. `place`: the steps with values, from 0 at `from`, and their mean, lowest and highest
    value. A step that is missing had no value: a gap."""

    station: str
    device: str
    quantity: str
    channel: int | None
    unit: str
    place: list[int]
    mean: list[float]
    low: list[float]
    high: list[float]


class Series(BaseModel):
    """Series of probes. Neighbours in `place` up to `bridge` apart belong to one line; further apart lies a gap."""

    first: Annotated[AwareDatetime, Field(alias="from", description="where step 0 begins")]
    to: AwareDatetime
    step_s: int
    bridge: int
    left_out: Annotated[int, Field(description=f"probes beyond the first {_MOST_PROBES}, by station, device, quantity")]
    probes: Annotated[list[Line], Field(max_length=_MOST_PROBES)]


def _finest(span: timedelta, fits: dict[Step, timedelta]) -> Step | None:
    """Return the smallest step by which so much time is drawn."""
    for step, longest in fits.items():
        if span <= longest:
            return step
    return None


class _Range(BaseModel):
    """The time and step of an answer."""

    since: datetime
    until: datetime
    step: Step

    @classmethod
    def of(cls, asked: Asked, now: datetime, zone: ZoneInfo) -> Self:
        """Return what is asked for, beginning where a step begins. Raises ProblemError (422)."""
        until = asked.until or now
        if any(not _FIRST_YEAR <= each.year <= _LAST_YEAR for each in (until, asked.since or until)):
            raise ProblemError(_BAD_RANGE)  # a zone or a span away from them there are no more days
        since = asked.since or until - timedelta(days=30)
        span = until - since
        fits = _FITS if asked.station else _FITS_ALL
        step = asked.step or _finest(span, fits)
        if step is None or span < timedelta() or span > _LONGEST[step]:
            raise ProblemError(_BAD_RANGE)
        if step == "day":
            since = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        else:
            since = datetime.fromtimestamp(since.timestamp() // _STEP_S[step] * _STEP_S[step], UTC)
        return cls(since=since, until=until, step=step)


class _Text(BaseModel):
    probes: str
    left_out: int


@router.get("/readings/series", response_model=Series)
async def series(
    db: Db, caller: Annotated[Caller, need("readings.read")], zone: Zone, asked: Annotated[Asked, Query()]
) -> Response:
    """Return the values of probes by minute, hour or day, with the gaps between them."""
    wanted = _Range.of(asked, datetime.now(UTC), zone)
    values = {
        "station": asked.station,
        "device": asked.device,
        "quantity": asked.quantity,
        "reach": caller.reach.listed(),
        "most": _MOST_PROBES,
    }
    row = await db.row(_Text, "probes.series", {**values, **wanted.model_dump(), "step": _STEP_S[wanted.step]})
    # PostgreSQL has written the probes as JSON: taken apart and put together again it would cost most of the time.
    head = f'{{"from":"{wanted.since.isoformat()}","to":"{wanted.until.isoformat()}","step_s":{_STEP_S[wanted.step]}'
    found = row or _Text(probes="[]", left_out=0)
    text = f'{head},"bridge":{_BRIDGE[wanted.step]},"left_out":{found.left_out},"probes":{found.probes}}}'
    return Response(text, media_type="application/json")
