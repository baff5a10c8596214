"""A limit, as requests, answers and files have it."""

import math
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from wire.terms import Comparison

CODE = r"^[a-z0-9][a-z0-9._-]{0,99}$"
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_PLAIN)]
Given = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PLAIN)]


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a limit is a number")
    return value


class Limit(BaseModel):
    """Limit of an item. A value that compares so with it fails. Valid on `valid_from` <= day < `valid_to`."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(pattern=CODE)]
    item: Given
    commodity: Annotated[Word, Field(description="empty: any food")] = ""
    standard: Given
    is_only_for_standard: Annotated[bool, Field(description="only where the record names this standard")] = False
    comparison: Comparison
    value: Annotated[float, AfterValidator(_finite)]
    unit: Given
    valid_from: date
    valid_to: date | None = None
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=_PLAIN)] = ""


class Kept(BaseModel):
    """Limit as the table has it: what a command brought in is shown whatever its code looks like."""

    code: str
    item: str
    commodity: str
    standard: str
    is_only_for_standard: bool
    comparison: Comparison
    value: float
    unit: str
    valid_from: date
    valid_to: date | None
    source: str
