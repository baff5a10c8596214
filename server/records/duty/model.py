"""The shapes of rotas: who is on duty for an area, and when."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from server.delivery.hours import Window
from wire.terms import Severity

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")]
Minutes = Annotated[int, Field(ge=1, le=1440, description="without an answer for so long the next rota is told")]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RotaChange(_Given):
    """Part of a rota that can be changed."""

    title: Line
    after_minutes: Minutes = 15
    severities: Annotated[list[Severity], Field(min_length=1, max_length=3)] = [Severity.CRITICAL]


class NewRota(RotaChange):
    """New rota. An area has one; no area: the whole district, which is asked last."""

    area: Line | None = None


class NewShift(_Given):
    """Hours of duty that come back. `account`: its name."""

    account: Line
    hours: Window
    from_day: date
    until_day: date | None = None
    every_weeks: Annotated[int, Field(ge=1, le=52, description="counted from the week of from_day")] = 1

    @model_validator(mode="after")
    def _ends_after(self) -> "NewShift":
        if self.until_day and self.until_day < self.from_day:
            raise ValueError("until_day: not before from_day")
        return self


class NewOverride(_Given):
    """Time in which somebody takes the duty instead of the shifts."""

    account: Line
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: Note = ""

    @model_validator(mode="after")
    def _ends_after(self) -> "NewOverride":
        if not self.starts_at < self.ends_at:
            raise ValueError("ends_at: after starts_at")
        return self


class NewNote(_Given):
    """Note for whoever has the duty next."""

    text: Annotated[Note, StringConstraints(min_length=1)]


class Rota(BaseModel):
    """Rota of an area; null: of the whole district."""

    id: UUID
    title: str
    area: str | None
    after_s: int
    severities: list[Severity]
    is_on: bool
    created_at: AwareDatetime


class ShiftRow(BaseModel):
    id: UUID
    account: str
    hours: Window
    from_day: date
    until_day: date | None
    every_weeks: int


class OverrideRow(BaseModel):
    id: UUID
    account: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: str
    author: str


class NoteRow(BaseModel):
    id: UUID
    at: AwareDatetime
    author: str
    text: str


class RotaInFull(Rota):
    """Rota with its shifts, the overrides that are not over, and the last notes for whoever comes next."""

    shifts: list[ShiftRow]
    overrides: list[OverrideRow]
    notes: list[NoteRow]


class Turn(BaseModel):
    """Time in which somebody is on duty. `is_known`: the working days of that year are published."""

    account: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: str
    is_override: bool
    is_known: bool


class OnDuty(BaseModel):
    """Person on duty now. `is_reachable`: a channel of his was confirmed and works."""

    rota: UUID
    title: str
    area: str | None
    account: str
    name: str
    is_reachable: bool
    until: AwareDatetime
