"""Results as rows of a list: what a row has, by what it is found, and the columns of the file."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from server.lists.export import Csv
from server.lists.filters import EQUAL, Area, Elsewhere, Exported, Paged, Period, Station, Text, Ways, Where, begins
from server.lists.listing import Listing
from server.lists.orders import Newest
from server.records.words import words_of
from wire.terms import LinkRule, Origin, Role, Verdict
from wire.words import FLAGS, LINK_RULES, ORIGINS, ROLES, UNITS, VERDICTS

# The void ones are few: they are found by their keys, not by reading all results.
_IS_VOID = Where(
    "%({name})s::bool AND event = ANY(ARRAY(SELECT voided.event FROM voided))"
    " OR NOT %({name})s::bool AND NOT EXISTS (SELECT FROM voided WHERE voided.event = result.event)"
)


class Result(BaseModel):
    """One item-test. Three times: `measured_at` by the device, `recorded_at` by the station (where its clock is not
    believed, the third), `received_at` here."""

    event: Annotated[UUID, Field(description="the event that says so; see /events/{event}")]
    recorded_at: AwareDatetime
    station: str
    device: str
    received_at: AwareDatetime
    measured_at: AwareDatetime | None
    measured_at_text: str
    adapter: str
    profile: str
    identity: str
    item: str
    item_name: str
    role: Role
    origin: Origin
    sample: str
    commodity: str
    stall: str
    vendor: str
    supplier: str
    lot: str
    origin_place: str
    registered: Annotated[UUID | None, Field(description="key of the registered sample; null: without a sample")]
    linked_by: Annotated[LinkRule | None, Field(description="the rule by which it found its sample")]
    sample_said: Annotated[str, Field(description="the sample's number as the analyzer says it")]
    run: str
    channel: int | None
    record: str
    method: str
    standard: str
    value: float | None
    value_text: Annotated[str, Field(description="the value exactly as the device wrote it")]
    unit: str
    verdict: Annotated[Verdict, Field(description="the effective one")]
    decided_verdict: Annotated[Verdict, Field(description="by the limit table")]
    device_verdict: Annotated[Verdict | None, Field(description="by the device itself")]
    decided_by: Annotated[str | None, Field(description="the limit's code")]
    operator: str
    is_retest: bool
    flags: Annotated[
        str,
        Field(
            description="words; `clock_not_believed`: `recorded_at` is the time of receipt; `possible_repeat`: all that"
            " the device says was recorded before, and nothing proves or excludes that it is the same test;"
            " `unit_incomparable`: there is a limit, in a unit that the value's cannot be converted to"
        ),
    ]
    is_void: Annotated[bool, Field(description="declared void; it stays in the ledger and in the counts")]
    voided_at: AwareDatetime | None
    voided_by: str | None
    void_confirmed_by: Annotated[str | None, Field(description="the second account; empty: none was needed")]
    void_why: str | None


# What is shown of a sample: what was registered of it, else what the result says.
_COMMODITY = "coalesce(nullif(tied_commodity, ''), commodity)"
_VENDOR = "CASE WHEN is_tied THEN coalesce(tied_vendor, '') ELSE vendor END"
_STALL = "CASE WHEN is_tied THEN coalesce(tied_stall, '') ELSE stall END"
# The samples of results, as tables that know no more than this, and with the results. A key names one sample: that it
# is one of the station is said so that PostgreSQL does not take it for a second, independent condition.
_LINKS = (
    " FROM link_now l JOIN sample_now s ON s.key = l.sample AND coalesce(s.station = l.station, false)"
    "{joined} WHERE l.of_event IS NOT NULL) AS result"
)
_TIED = (
    "true AS is_tied, l.sample AS registered, s.number AS tied_number, s.commodity AS tied_commodity,"
    " s.stall AS tied_stall, s.vendor AS tied_vendor, s.supplier AS tied_supplier, s.lot AS tied_lot"
)
_OF_LINKS = (
    f"(SELECT l.of_event AS event, l.of_recorded_at AS recorded_at, l.station, {_TIED}{_LINKS.format(joined='')}"
)
_OF_RESULTS = f"(SELECT r.*, {_TIED}" + _LINKS.format(joined=" JOIN result r ON r.event = l.of_event")
_KNOWN = frozenset({"since", "until", "station", "area", "registered", "lot", "supplier"})


def _registered(sql: str) -> Elsewhere:
    return Elsewhere(sql, _OF_LINKS, _OF_RESULTS, _KNOWN)


def _only(column: str) -> Ways:
    """Return the filter of a column that only the registration of a sample has."""
    sql = f"{column} = %({{name}})s"
    return Ways(sql, (_registered(sql),))


def _said_or_registered(shown: str, column: str) -> Ways:
    """Return the filter of a column that the result and the registration of its sample have. Few results fill it
    themselves where samples are registered: their index has those alone."""
    own = f"{column} <> '' AND {column} = %({{name}})s"
    registered = f"tied_{column} <> '' AND tied_{column} = %({{name}})s"
    return Ways(f"{shown} = %({{name}})s", (own, _registered(registered)))


_Said = Annotated[str | None, Field(max_length=200)]
_NUMBER = Ways(
    "sample = %({name})s OR tied_number = %({name})s",
    ("sample = %({name})s", _registered("tied_number = %({name})s")),
)
_SEARCHED = Ways(
    " OR ".join(begins(column) for column in ("sample", "tied_number", _COMMODITY, f"({_VENDOR})", "device")),
    (
        *(begins(column) for column in ("sample", "commodity", "device")),
        f"vendor <> '' AND {begins('vendor')}",
        _registered(begins("tied_number")),
        _registered(begins("tied_commodity")),
        _registered(f"tied_vendor <> '' AND {begins('tied_vendor')}"),
    ),
)


class ResultFilters(Period):
    """Filters of results. `from` <= recorded_at < `to`."""

    station: Station = None
    area: Area = None
    device: Text = None
    item: Text = None
    verdict: Annotated[Verdict | None, EQUAL] = None
    role: Annotated[Role | None, EQUAL] = None
    registered: Annotated[UUID | None, _only("registered")] = None
    sample: Annotated[
        str | None, Field(max_length=200, description="the number that was registered, or the analyzer's"), _NUMBER
    ] = None
    lot: Annotated[_Said, _only("tied_lot")] = None
    stall: Annotated[_Said, _said_or_registered(_STALL, "stall")] = None
    vendor: Annotated[_Said, _said_or_registered(_VENDOR, "vendor")] = None
    supplier: Annotated[_Said, _only("tied_supplier")] = None
    search: Annotated[
        str | None,
        Field(min_length=1, max_length=64, description="what the sample's number, food, vendor or device begins with"),
        _SEARCHED,
    ] = None
    commodity: Annotated[_Said, _said_or_registered(_COMMODITY, "commodity")] = None
    is_linked: Annotated[
        bool | None,
        Field(description="whether its sample is known"),
        Where("(registered IS NOT NULL) = %({name})s"),
    ] = None
    is_void: Annotated[bool | None, _IS_VOID] = None


class Results(ResultFilters, Paged):
    """A page of results."""


class ResultsFile(ResultFilters, Exported):
    """A file of results."""


RESULTS = Listing(
    sql="results.list",
    row=Result,
    order=Newest("recorded_at", "event"),
    station="station",
    csv=Csv(
        "results",
        words_of("results").columns,
        {
            "verdict": VERDICTS,
            "decided_verdict": VERDICTS,
            "device_verdict": VERDICTS,
            "role": ROLES,
            "origin": ORIGINS,
            "linked_by": LINK_RULES,
            "unit": UNITS,
            "flags": FLAGS,
        },
    ),
)
