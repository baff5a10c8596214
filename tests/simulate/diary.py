"""Steps as text: one call a line. The steps of a run can be read, kept beside a test, and done again."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """A method of `world.World` and its arguments."""

    name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.arguments.items())})"


def write(steps: Iterable[Step]) -> str:
    return "".join(f"{step}\n" for step in steps)


def read(text: str) -> Iterator[Step]:
    """Read steps from their text. Raises ValueError and SyntaxError."""
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        call = ast.parse(said, mode="eval").body
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)) or call.args:
            raise ValueError(f"line {number}: {said!r} is no step such as crash(box=0)")
        yield Step(call.func.id, {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords})
