"""The films of a district's cameras, each with its truth; those that are there and still right are left alone."""

from pathlib import Path

from shian.demo.district import Camera, District
from shian.demo.film_files import FilmFiles
from shian.demo.scenes.film import write_film, write_truth
from shian.demo.scenes.happenings import Happening, What
from shian.demo.scenes.scene import ROUND_S, Plan


def make_films(district: District, folder: Path, width: int) -> None:
    """Raises NoEncoderError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for station in district.station:
        for camera in station.camera:
            files = FilmFiles.of(folder, station.name, camera, width)
            if not files.are_made:
                plan = plan_of(camera)
                write_truth(plan, files.truth, files.film.name)
                write_film(plan, files.film, width)
                files.note()


def plan_of(camera: Camera) -> Plan:
    return Plan(
        seed=camera.seed,
        length_s=camera.minutes * ROUND_S,
        happenings=tuple(Happening(What(it.what), it.since_s, it.until_s) for it in camera.happening),
        cooks=camera.cooks,
        is_night=camera.is_night,
    )
