"""The overview: where tests surely fail most, the file of the areas, the policy for tiles."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from process.settings import SettingsError
from server.records.overview.geo import areas_of
from server.records.overview.settings import MapSettings
from server.records.overview.worst import at_least, worst
from server.records.reports.figures import Figures

SQUARE = {"type": "Polygon", "coordinates": [[[116, 39], [117, 39], [117, 40], [116, 39]]]}


def test_one_of_one_is_not_the_worst_of_all() -> None:
    groups = [("once", Figures(failed=1)), ("often", Figures(passed=70, failed=30)), ("never", Figures(passed=9))]
    found = worst(groups, {"often": ("韭菜", "leek")}, 5)
    assert [(one.name, one.failed, one.judged, one.title_en) for one in found] == [
        ("often", 30, 100, "leek"),
        ("once", 1, 1, "once"),
    ]
    assert at_least(0, 0) == 0
    assert 0.2 < at_least(30, 100) < 0.3


def test_areas_are_surfaces_with_a_code_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    features = [
        {"type": "Feature", "geometry": SQUARE, "properties": {"area": "east", "secret": "x"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [116, 39]}, "properties": {}},
        {"type": "Feature", "geometry": SQUARE, "properties": None},
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert [one["properties"] for one in areas_of(file)] == [{"area": "east"}, {"area": ""}]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"features": [{"geometry": null}]}', '{"features": 7}'])
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "areas.geojson"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"areas\.geojson"):
        areas_of(file)


def test_tiles_open_the_policy_for_their_origin_alone() -> None:
    tiles = MapSettings(tiles="https://tiles.example:8443/map/{z}/{x}/{y}.png")
    assert tiles.origin == "https://tiles.example:8443"
    assert MapSettings().origin == ""
    for wrong in ("javascript:{z}", "https://a;script-src *{z}", "https://a/x.png", "https://a b/{z}"):
        with pytest.raises(ValidationError):
            MapSettings(tiles=wrong)
