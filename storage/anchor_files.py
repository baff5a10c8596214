"""Anchors in files: a file, or a folder of them, in the order of their numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wire.anchors import AnchorError, AnchorFile, decode


@dataclass(slots=True)
class Unreadable:
    """Lines that are no anchors: torn by a crash, or tampered with. The numbers that they held are missing."""

    lines: int = 0
    first: str = ""


def read(path: Path, unreadable: Unreadable) -> Iterator[AnchorFile]:
    """Yield the anchors of a file, or of all .jsonl and .json files of a folder, by their numbers; never more than
    their places are in memory. Raises OSError."""
    files = sorted(file for file in path.iterdir() if file.suffix in (".jsonl", ".json")) if path.is_dir() else [path]
    places: list[tuple[int, int, int]] = []
    for number, file in enumerate(files):
        with file.open("rb") as lines:
            position = 0
            for line in lines:
                if line.strip() and (found := _decoded(line, file, unreadable)):
                    places.append((found.anchor.number, number, position))
                position += len(line)
    for _, number, position in sorted(places):
        with files[number].open("rb") as lines:
            lines.seek(position)
            yield decode(lines.readline())


def _decoded(line: bytes, file: Path, unreadable: Unreadable) -> AnchorFile | None:
    try:
        return decode(line)
    except AnchorError as exc:
        unreadable.lines += 1
        unreadable.first = unreadable.first or f"{file.name}: {exc}"[:300]
        return None
