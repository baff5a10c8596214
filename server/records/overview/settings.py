"""The settings of the map."""

from typing import Annotated

from pydantic import Field

from process.named_files import TextFile
from process.settings import Settings


class MapSettings(Settings):
    """Map of the overview. Without any of it the stations stand on an empty ground."""

    areas: Annotated[
        TextFile | None,
        Field(description="GeoJSON, a FeatureCollection; the property `area` of a feature is the code of an area"),
    ] = None
    tiles: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^\s/;,'\"]+/\S*\{z\}\S*)?$",
            description="address of tiles with {z}, {x}, {y}; browsers may fetch pictures from there",
        ),
    ] = ""
    attribution: Annotated[str, Field(max_length=200, description="named on the map, as the tiles' licence wants")] = ""

    @property
    def origin(self) -> str:
        """Return where the tiles come from, for the content policy; empty: from nowhere."""
        return "/".join(self.tiles.split("/", 3)[:3]) if self.tiles else ""
