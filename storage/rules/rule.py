"""A rule as people write it, in TOML or as JSON."""

from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from process.language import SaidError
from wire.kinds.envelope import STATION_PATTERN
from wire.terms import Rule as Built
from wire.terms import Severity

NAME = r"^[a-z][a-z0-9_]{1,39}$"
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
RESERVED = frozenset(Built)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(_Part):
    """Title of a rule in both languages: the headline of its alerts."""

    en: Line
    zh: Line


class Quiet(_Part):
    """Hours of every day in which nobody is disturbed, over midnight where `from` is the later one."""

    since: Annotated[Clock, Field(alias="from")]
    until: Annotated[Clock, Field(alias="to")]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.since == self.until:
            raise SaidError("from and to are the same time", "from 与 to 相同")
        return self

    @property
    def times(self) -> tuple[time, time]:
        return time.fromisoformat(self.since), time.fromisoformat(self.until)


class RuleBase(_Part):
    """Parts that every rule has."""

    severity: Severity
    title: Title
    areas: Annotated[tuple[Line, ...], Field(max_length=500, description="with those below; empty: all")] = ()
    stations: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=f"^{STATION_PATTERN}$")], ...], Field(max_length=500)
    ] = ()
    quiet: Annotated[Quiet | None, Field(description="an alert that is not critical is told at its end")] = None
    is_on: bool = True

    def body(self) -> dict[str, Any]:
        """Return the rule as JSON has it, without what nobody said."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class EventRule(RuleBase):
    """Rule on events of one kind: `when` is an expression over the facts of one event (docs/rules.md).

    `one_for`: what makes one alert of the events of a day: the sample (with its item), the device, or the station.
    """

    on: Annotated[Literal["result", "reading", "camera", "probe"], Field(description="kind of event")]
    when: Annotated[str, Field(min_length=1, max_length=4000, description="CEL: true for what raises an alert")]
    one_for: Literal["sample", "device", "station"] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.one_for == "sample" and self.on != "result":
            raise SaidError('one_for = "sample" is for results', 'one_for = "sample" 仅用于 result')
        return self

    @property
    def together(self) -> str:
        """Return what makes one alert."""
        return self.one_for or ("sample" if self.on == "result" else "device")
