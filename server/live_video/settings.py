"""`[live_video]` in server.toml. Without `[broker]` there is no live view."""

from typing import Annotated

from pydantic import Field

from process.settings import Settings
from wire.live import LONGEST_S


class LiveVideoSettings(Settings):
    """Settings of watching cameras."""

    viewers: Annotated[int, Field(ge=1, le=1000, description="browsers that watch at once")] = 32
    for_s: Annotated[
        float,
        Field(gt=0, le=LONGEST_S, description="a station stops by itself when it is not asked again for so long"),
    ] = 15.0
    lag_bytes: Annotated[
        int, Field(ge=1 << 16, description="video that waits for one slow browser; more: on with the next key frame")
    ] = 4 << 20
