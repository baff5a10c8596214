"""`[camera.evidence]` in edge.toml. docs/camera-settings.md lists every key."""

from typing import Annotated, Literal

from pydantic import Field

from process.settings import Settings


class EvidenceSettings(Settings):
    """The settings of evidence. `blur` holds for every picture that may leave the station."""

    blur: Annotated[Literal["faces", "all", "none"], Field(description="what is made unrecognisable")] = "faces"
    clip: Annotated[Literal["send", "station", "off"], Field(description="where clips may go")] = "send"
    width: Annotated[int, Field(ge=160, le=3840, description="pictures and re-encoded clips are at most so wide")] = (
        1280
    )
    quality: Annotated[int, Field(ge=30, le=100, description="of JPEG")] = 85
