"""The keys of this family in a profile's `[settings]`."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from firmware_adapters.line.patterns import compile_pattern

_PLACE = re.compile(r"[A-Z][A-Z0-9]{2}-[0-9]{1,2}(?:\.[0-9]{1,2})?")


class Settings(BaseModel):
    """Places are written SPM-2 or OBX-18.3: segment, field, component (the first where none is said)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: Annotated[
        Literal["framed", "always", "never"], Field(description="which messages are acknowledged: those with VT and FS")
    ] = "framed"
    sample_from: Annotated[
        tuple[str, ...], Field(description="places of the sample's number; the first that has one")
    ] = (
        "SPM-2",
        "SPM-2.2",
        "SAC-3",
        "OBR-3",
        "OBR-2",
    )
    commodity_from: str = "SPM-4.2"
    serial_from: str = ""
    controls: Annotated[str, Field(description="a regex: samples of such a number are controls")] = ""
    bare_silence_s: Annotated[float, Field(gt=0, description="silence that ends a message without VT and FS")] = 3.0
    frame_silence_s: Annotated[
        float, Field(gt=0, description="silence after which the rest of a frame will not come")
    ] = 30.0
    max_message: Annotated[int, Field(ge=1024, le=4 * 1024 * 1024, description="bytes")] = 1024 * 1024

    @field_validator("sample_from")
    @classmethod
    def _check_places(cls, places: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_checked_place, places))

    @field_validator("commodity_from", "serial_from")
    @classmethod
    def _check_place(cls, place: str) -> str:
        return _checked_place(place) if place else place

    @field_validator("controls")
    @classmethod
    def _check_pattern(cls, pattern: str) -> str:
        compile_pattern(pattern)
        return pattern


def _checked_place(place: str) -> str:
    if not _PLACE.fullmatch(place):
        raise ValueError(f"{place!r} is no place such as SPM-2 or OBX-18.3")
    return place
