"""`[documents]` in server.toml: what goes into the documents of the stations beside the tables of the district."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from process.settings import Settings

Step = Literal["retest", "hold", "hand_over", "failed_again", "passed_now", "unclear_now"]
Said = Annotated[str, Field(min_length=1, max_length=300)]


class ProcedureSettings(Settings):
    """The district's own words about a step after a failed test, in place of the screen's."""

    zh: Said
    en: Annotated[str, Field(max_length=300)] = ""


class DocumentSettings(Settings):
    """The bounds of a station's document, and the words that are the same for all stations."""

    lots: Annotated[
        int,
        Field(ge=0, le=1000, description="lots of other stations' tests that a station is told, the newest; 0: none"),
    ] = 200
    lot_days: Annotated[int, Field(ge=1, le=60, description="a lot is looked for so many days back")] = 7
    procedures: Annotated[Mapping[Step, ProcedureSettings], Field(description="what to do at a failed test")] = {}
