"""The place of a camera's film, and the check that it is the one that the district asks for. Needs no extra."""

from dataclasses import dataclass
from pathlib import Path

from shian.demo.district import Camera

# Raised when the drawing changes: films of earlier versions are made anew.
_DRAWING = 1


@dataclass(frozen=True, slots=True)
class FilmFiles:
    film: Path
    truth: Path
    _note: Path
    _made_from: str

    @classmethod
    def of(cls, folder: Path, station: str, camera: Camera, width: int = 640) -> "FilmFiles":
        stem = f"{station}-{camera.name}"
        made_from = f"drawing {_DRAWING}, width {width}, {camera.model_dump_json(exclude={'title', 'title_en'})}\n"
        return cls(folder / f"{stem}.mp4", folder / f"{stem}.toml", folder / f"{stem}.made-from", made_from)

    @property
    def are_made(self) -> bool:
        try:
            return self.film.exists() and self._note.read_text("utf-8") == self._made_from
        except (OSError, UnicodeDecodeError):
            return False

    def note(self) -> None:
        """Note that the film is whole."""
        self._note.write_text(self._made_from, "utf-8")
