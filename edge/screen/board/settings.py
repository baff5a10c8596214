"""`[screen.board]` in edge.toml: the policy of the market's board. Without it there is none."""

from typing import Annotated, Literal

from pydantic import Field

from process.settings import Settings

Word = Literal["tested", "passed", "retesting"]


class BoardSettings(Settings):
    """The policy of the board. The law restricts publishing results of bodies without accreditation: somebody who may
    must have allowed it."""

    allowed_by: Annotated[
        str, Field(min_length=8, max_length=200, pattern=r"\S", description="who allowed it: name, date, paper")
    ]
    words: Annotated[tuple[Word, ...], Field(min_length=1, description="what may be said of a test")] = ("tested",)
    lots: Annotated[bool, Field(description="what other stations found of the same lot, in the same words")] = False
    listen: Annotated[
        str,
        Field(
            pattern=r"^(.+:\d{1,5})?$",
            description="address:port of the board alone, without TLS; empty: only beside the screen",
        ),
    ] = ""
    stalls: Annotated[bool, Field(description="the number of the stall is shown")] = True
