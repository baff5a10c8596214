"""A continuous value: the temperature of a cold room, the humidity of a store. It is polled or streamed for ever, so
the profile says which of its samples are worth an event:

    continuous = { dead_band = 0.2, every_s = 60.0 }

The first one, one that differs by `dead_band` from the last that was recorded, and one at least `every_s` after it.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Continuous(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    every_s: Annotated[float, Field(ge=1, le=86400, description="a sample that hardly differs is due so often")] = 60.0
    dead_band: Annotated[
        float | None, Field(gt=0, allow_inf_nan=False, description="in the reading's unit; none: time alone decides")
    ] = None
