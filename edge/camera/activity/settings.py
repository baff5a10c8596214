"""`[camera.activity]`: the size of a person and of something small, and the kinds that are looked for."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from process.language import t
from process.settings import Settings

Share = Annotated[float, Field(gt=0, le=1)]


class ActivitySettings(Settings):
    """The limits of activity. Shares are of the picture. The defaults fit a camera that sees one room."""

    motion_share: Annotated[Share, Field(description="motion of less than this, within a zone, is none")] = 0.003
    person_share: Annotated[Share, Field(description="what moves and is larger than this is somebody")] = 0.006
    intrusion: Annotated[bool, Field(description="somebody outside the hours; without hours there is none")] = True
    unattended_s: Annotated[
        float, Field(ge=0, le=86400, description="nobody for so long within the hours; 0: not looked for")
    ] = 900.0
    rodent: Annotated[
        bool, Field(description="something small that runs: outside the hours, and without hours while nobody is there")
    ] = True
    rodent_share: Annotated[Share, Field(description="something small is smaller than this")] = 0.005

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if self.rodent_share > self.person_share:
            raise ValueError(
                t(
                    "rodent_share is above person_share: the same thing would be both",
                    "rodent_share 大于 person_share：同一目标会被判为两类",
                )
            )
        return self
