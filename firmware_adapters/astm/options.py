"""The keys of this family in a profile's [options]; any other key is an error."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from firmware_adapters.profile import Profile

# frame_numbers_ignored: sound frames are taken in any order.
# no_terminator: no L ends a message, so each result counts by itself and is out before its frame is acknowledged.
QUIRKS = frozenset(("frame_numbers_ignored", "no_terminator"))


class Options(BaseModel):
    """Component positions count from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    serial_from: Annotated[
        Literal["", "sender", "instrument"],
        Field(description="which field carries the serial number: H field 5 or R field 14"),
    ] = ""
    serial_component: Annotated[int, Field(ge=1, le=20)] = 1
    item_components: Annotated[
        str,
        Field(
            pattern=r"^(?:[1-9][0-9]?(?:,[1-9][0-9]?)*)?$",
            description="the components of R field 3 that are the item together, as `4,7,8`; they are joined by `/`",
        ),
    ] = ""
    sample_from: Annotated[
        Literal["specimen", "instrument"],
        Field(description="which field is asked first for the sample: O field 3 or 4"),
    ] = "specimen"
    item_pattern: Annotated[
        str, Field(description="where the local code is more than the item: a regex, group 1 is the item")
    ] = ""
    value_component: Annotated[int | None, Field(ge=1, le=20)] = None
    verdict_from: Annotated[
        Literal["value", "flags"], Field(description="where the words of [verdicts] stand: R field 4 or R field 7")
    ] = "value"
    limit_from_range: Annotated[
        bool, Field(description="R field 6 is the limit that the device applied, as `<0.5` or `<=0.5`")
    ] = False
    has_time_of_order: Annotated[
        bool, Field(description="O field 7 stands in where a result, its siblings and O field 23 have no time")
    ] = False
    has_commodity: Annotated[bool, Field(description="O field 16 names the specimen, and is not a code for it")] = True
    controls: Annotated[str, Field(description="a regex: specimens of such an id are controls")] = ""
    sends: Annotated[
        Literal["records", "message", "cut"],
        Field(description="the virtual analyzer: a record a frame, the message in one frame, or frames cut anywhere"),
    ] = "records"

    @field_validator("item_pattern", "controls")
    @classmethod
    def _check_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as exc:
            raise ValueError(f"not a regex: {exc}") from exc
        return value

    @field_validator("item_pattern")
    @classmethod
    def _check_group(cls, value: str) -> str:
        if value and re.compile(value).groups != 1:
            raise ValueError("needs exactly one group")
        return value


def options_of(profile: Profile) -> Options:
    """Return the options of a profile. Raises ProfileError naming the key."""
    profile.check_quirks(QUIRKS)
    if profile.settings:
        raise profile.fault(("settings",), "astm has none; see [options]")
    return profile.options_as(Options)
