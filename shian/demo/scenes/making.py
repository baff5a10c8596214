"""Makes the films of a district's cameras, each with its truth; films that are there and still right stay as they
are."""

from collections.abc import Collection
from pathlib import Path

from shian.demo.district import Camera, District
from shian.demo.film_files import FilmFiles
from shian.demo.scenes.film import write_film, write_truth
from shian.demo.scenes.happenings import Happening, What
from shian.demo.scenes.scene import ROUND_S, Plan


def names(district: District) -> list[str]:
    """Return the names of all films: those of their files."""
    return [f"{station.name}-{camera.name}" for station in district.station for camera in station.camera]


def make_films(district: District, folder: Path, width: int, only: Collection[str] = ()) -> None:
    """Make the films that are missing or old; `only` those of these names. Raises NoEncoderError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for station in district.station:
        for camera in station.camera:
            files = FilmFiles.of(folder, station.name, camera, width)
            if (not only or files.film.stem in only) and not files.are_made:
                plan = plan_of(camera)
                write_truth(plan, files.truth, files.film.name)
                write_film(plan, files.film, width)
                files.note()


def plan_of(camera: Camera) -> Plan:
    return Plan(
        seed=camera.seed,
        length_s=camera.minutes * ROUND_S,
        happenings=tuple(Happening(What(one.what), one.since_s, one.until_s) for one in camera.happening),
        cooks=camera.cooks,
        is_night=camera.is_night,
    )
