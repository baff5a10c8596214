"""`[camera.health]`: the limits beyond which a camera cannot be trusted."""

from typing import Annotated

from pydantic import Field

from process.settings import Settings

Share = Annotated[float, Field(gt=0, le=1)]


class HealthSettings(Settings):
    """The limits of health. The defaults hold for any scene with some structure in it. Levels are 8 bit luma."""

    frozen_s: Annotated[float, Field(ge=1, le=3600, description="the same picture for so long is frozen")] = 6.0
    dark_level: Annotated[float, Field(gt=0, lt=255, description="95 % of a dark picture lie below this")] = 50.0
    dark_when_closed: Annotated[bool, Field(description="dark also counts outside the hours")] = False
    covered_share: Annotated[Share, Field(description="share of the picture's structure that is gone")] = 0.75
    blur_ratio: Annotated[Share, Field(description="of the usual sharpness, what is left when it is defocused")] = 0.3
    moved_share: Annotated[Share, Field(description="share of the structure that shows something else")] = 0.5
    relearn_s: Annotated[
        float, Field(ge=10, description="a camera that has shown another scene for so long has a new usual scene")
    ] = 600.0
