"""Zones and masks of the centre at the station: which are taken, which are refused and why, and what survives."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge.agent import Agent
from edge.camera.layout import settled
from edge.camera.layouts import FILE
from edge.camera.settings import CameraSettings
from edge.settings import EdgeSettings
from tests.support.camera_station import camera_document
from wire.down import CameraLayoutDown
from wire.layouts import Layout
from wire.status import CameraStatus

BOX = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))
OTHER = ((0.6, 0.6), (0.9, 0.6), (0.9, 0.9), (0.6, 0.9))


def said(version: int, camera: str = "kitchen", **layout: Any) -> CameraLayoutDown:
    return CameraLayoutDown.model_validate_json(json.dumps({"camera": camera, "version": version, "layout": layout}))


class Site:
    """An agent with one camera that nobody reads."""

    def __init__(self, folder: Path, **camera: Any) -> None:
        document = camera_document(folder, 1, {"kitchen": "rtsp://10.0.0.2/sub"})
        document["camera"][0] |= camera
        (folder / "data").mkdir(exist_ok=True)
        self.agent = Agent(EdgeSettings.model_validate(document))
        assert self.agent.layouts
        self.layouts = self.agent.layouts
        self.layouts.load()

    def take(self, *layouts: CameraLayoutDown) -> CameraStatus:
        self.layouts.take(layouts)
        self.agent.cameras[0].step(0.0)
        return self.layouts.status()[0]


def test_a_layout_comes_into_force_and_its_version_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.take().layout == 0
    weight = site.layouts.weight()
    told = site.take(said(7, masks=[BOX]))
    assert (told.layout, told.refused) == (7, 0)
    assert site.layouts.weight() != weight
    # The same again is no news, and one behind it is refused by name.
    site.take(said(7, masks=[BOX]))
    told = site.take(said(6))
    assert (told.layout, told.refused, told.refusal) == (7, 6, "older")
    assert site.take(said(8)).refusal == ""


@pytest.mark.parametrize(
    ("layout", "reason"),
    [({"masks": [BOX[:2]]}, "broken"), ({"zones": [{"name": "door", "polygon": BOX}]}, "zone_needed")],
)
def test_a_layout_that_cannot_be_used_leaves_the_one_before_in_force(
    tmp_path: Path, layout: dict[str, Any], reason: str
) -> None:
    zone = {"name": "sink", "polygon": BOX}
    site = Site(tmp_path, zone=[zone], detect={"rule": [{"kind": "person", "zone": "sink"}]})
    site.take(said(7, masks=[BOX]))
    told = site.take(said(8, **layout))
    assert (told.layout, told.refused, told.refusal) == (7, 8, reason)
    assert told.needed == ("sink",)
    assert [one.name for one in told.zones] == ["sink"]
    (unknown,) = [one for one in _told_of(site, said(9, "attic")) if one.name == "attic"]
    assert (unknown.refused, unknown.refusal) == (9, "unknown_camera")


def _told_of(site: Site, layout: CameraLayoutDown) -> tuple[CameraStatus, ...]:
    site.take(layout)
    return site.layouts.status()


def test_what_was_in_force_is_so_after_a_restart_without_the_centre(tmp_path: Path) -> None:
    Site(tmp_path).take(said(7, masks=[BOX]))
    again = Site(tmp_path)
    again.agent.cameras[0].step(0.0)
    assert again.layouts.status()[0].layout == 7
    # An older document, as of a centre that was put back, does not unmask.
    assert again.take(said(6)).refusal == "older"
    (tmp_path / "data" / FILE).write_text("{")
    assert Site(tmp_path).take().layout == 0
    assert (tmp_path / "data" / f"{FILE}.broken").exists()


def test_masks_are_only_added_to_and_zones_are_replaced() -> None:
    own = {"name": "prep", "url": "clip.mp4", "mask": [BOX], "zone": [{"name": "sink", "polygon": BOX}]}
    camera = CameraSettings.model_validate(own)
    assert settled(camera, None) is camera
    # What edge.toml masks cannot be taken away, and its zones stay where the centre says nothing of them.
    bare = settled(camera, Layout())
    assert (bare.mask, [one.name for one in bare.zone]) == ((BOX,), ["sink"])
    door = {"name": "door", "polygon": OTHER, "motion": "closed"}
    more = settled(camera, Layout.model_validate({"masks": [OTHER, BOX], "zones": [door]}))
    assert more.mask == (BOX, OTHER)
    assert [(one.name, one.motion) for one in more.zone] == [("door", "closed")]
    assert settled(camera, Layout(zones=())).zone == ()
