"""The areas of a district as GeoJSON, from a file of the settings."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from process.language import t
from process.settings import SettingsError

_MOST_BYTES = 8 * 1024 * 1024
_SHAPES = frozenset({"Polygon", "MultiPolygon"})


@cache
def areas_of(path: Path) -> list[dict[str, Any]]:
    """Read the features of a file: those that are surfaces. Raises SettingsError for what is no such file."""
    try:
        text = path.read_text("utf-8")
        features = json.loads(text[: _MOST_BYTES + 1])["features"]  # of a longer one the end is missing
        return [_bare(one) for one in features if one["geometry"]["type"] in _SHAPES]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        said = t("not a GeoJSON FeatureCollection of 8 MB at most", "不是 8 MB 以内的 GeoJSON FeatureCollection")
        raise SettingsError(f"[map] areas: {path}: {said}") from exc


def _bare(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature with nothing but its shape and the code of its area."""
    properties = {"area": str((feature.get("properties") or {}).get("area", ""))}
    return {"type": "Feature", "geometry": feature["geometry"], "properties": properties}
