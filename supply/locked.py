"""The packages of uv.lock."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "uv.lock"


@dataclass(frozen=True, slots=True, order=True)
class Locked:
    """Package with its version. `hashes`: of its files."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()


def read(path: Path = LOCK) -> list[Locked]:
    """Return the packages of a lock file, but for the project itself. Raises OSError, tomllib.TOMLDecodeError."""
    return sorted(_packages(tomllib.loads(path.read_text("utf-8"))["package"]))


def _packages(tables: list[dict[str, object]]) -> Iterable[Locked]:
    for table in tables:
        files = [table.get("sdist"), *_list(table.get("wheels"))]
        hashes = tuple(str(file["hash"]) for file in files if isinstance(file, dict))
        if hashes:
            yield Locked(str(table["name"]), str(table["version"]), hashes)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
