"""The stories of a district's cameras, and their films, each with its truth."""

from collections.abc import Collection
from pathlib import Path

from shian.demo.district import Camera, District, camera_name
from shian.demo.scenes.film import write_film, write_truth
from shian.demo.scenes.happenings import Happening, What
from shian.demo.scenes.scene import ROUND_S, Plan


def plans(district: District) -> dict[str, Plan]:
    """Return the stories of all cameras, by name."""
    return {camera_name(station, camera): _plan_of(camera) for station in district.station for camera in station.camera}


def make_films(district: District, folder: Path, width: int, only: Collection[str] = ()) -> None:
    """Make the films; `only` those of these names. Raises NoEncoderError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, plan in plans(district).items():
        if not only or name in only:
            film = folder / f"{name}.mp4"
            write_truth(plan, film.with_suffix(".toml"), film.name)
            write_film(plan, film, width)


def _plan_of(camera: Camera) -> Plan:
    return Plan(
        seed=camera.seed,
        length_s=camera.minutes * ROUND_S,
        happenings=tuple(Happening(What(one.what), one.since_s, one.until_s) for one in camera.happening),
        cooks=camera.cooks,
        is_night=camera.is_night,
    )
