"""`[bell]` in edge.toml: the commands of a lamp or relay. Without it the screen's sound is the only bell."""

from typing import Annotated

from pydantic import Field

from process.settings import Settings

# No shell: the first is the program's path, the others are handed to it as they stand.
Argv = tuple[Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")], ...]
Command = Annotated[Argv, Field(max_length=64)]


class BellSettings(Settings):
    """The commands of a lamp or relay."""

    failed: Annotated[Command, Field(description="runs at a failed test: path of a program and its arguments")] = ()
    seen: Annotated[Command, Field(description="runs when somebody has seen all failed tests")] = ()
    deadline_s: Annotated[float, Field(gt=0, le=10, description="a command that takes longer is ended")] = 5.0
