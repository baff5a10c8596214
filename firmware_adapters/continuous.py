"""A continuous value: the temperature of a cold room, the humidity of a store. It is polled or streamed for ever, so
the profile says which of its samples are worth an event, and when people must know:

    continuous = { dead_band = 0.2, every_s = 60.0, above = 8.0, for_s = 600.0 }

The first one, one that differs by `dead_band` from the last that was recorded, and one at least `every_s` after it.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Bound = Annotated[float | None, Field(allow_inf_nan=False)]


class Bounds(BaseModel):
    """The range of a continuous value, in the reading's unit. None: no bound on that side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    above: Annotated[Bound, Field(description="a value above this for `for_s` is out of range")] = None
    below: Annotated[Bound, Field(description="a value below this for `for_s` is out of range")] = None
    for_s: Annotated[float, Field(ge=0, le=86400)] = 600.0

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.above is not None and self.below is not None and self.below >= self.above:
            raise ValueError("`below` is not less than `above`")
        return self


class Continuous(Bounds):
    """Rule for the samples of a value: those that are worth an event, and its range."""

    every_s: Annotated[float, Field(ge=1, le=86400, description="a sample that hardly differs is due so often")] = 60.0
    dead_band: Annotated[
        float | None, Field(gt=0, allow_inf_nan=False, description="in the reading's unit; none: time alone decides")
    ] = None
    silent_s: Annotated[
        float | None, Field(ge=1, le=86400, description="no value for so long is silence; none: as it came until now")
    ] = None
