"""Chooses the settings that a tool works with: those of a `[[camera]]` in edge.toml, or the defaults."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edge import settings as edge_settings
from edge.camera.errors import CameraError
from edge.camera.settings import CameraSettings
from edge.settings import EdgeSettings
from process.language import t
from process.settings import SettingsError, load
from wire.cameras import CameraKind


class ChoiceError(CameraError):
    """The settings of no camera can be used."""


def camera_of(config: Path, name: str | None, url: str | None = None) -> CameraSettings:
    """Return the camera of that name; without a name, the only one. `url` replaces its own. Raises ChoiceError."""
    cameras = _settings(config).camera
    found = [camera for camera in cameras if name in (None, camera.name)]
    if len(found) != 1:
        names = ", ".join(camera.name for camera in cameras) or "-"
        raise ChoiceError(
            t(
                f"{config}: {f'no camera {name!r}' if name else 'which camera? say --camera'}; there are: {names}",
                f"{config}：{f'没有摄像头 {name!r}' if name else '请用 --camera 指定摄像头'}；现有：{names}",
            )
        )
    return _validated({**_given(found[0]), "url": url}) if url else found[0]


def zone_of(config: Path) -> tzinfo:
    """Return the station's time zone. Raises ChoiceError."""
    return _settings(config).zone


def camera_at(name: str, url: str, username: str = "", password_file: Path | None = None) -> CameraSettings:
    """Return a camera that is in no settings. Raises ChoiceError."""
    return _validated({"name": name, "url": url, "username": username, "password_file": password_file})


def with_person_rule(camera: CameraSettings, model: str) -> CameraSettings:
    """Return the camera with `model` for finding people, and a rule for the kind person."""
    document = _given(camera)
    detect = {"rule": [], **document.get("detect", {}), "person": model}
    if not any(rule.kind is CameraKind.PERSON for rule in camera.detect.rule):
        detect["rule"] = [*detect["rule"], {"kind": CameraKind.PERSON}]
    return _validated({**document, "detect": detect})


def _given(camera: CameraSettings) -> dict[str, Any]:
    """Return the keys that were written, without the defaults: a rule refuses keys that its kind does not use, whatever
    their value."""
    return camera.model_dump(exclude_unset=True)


def _settings(config: Path) -> EdgeSettings:
    try:
        return load(EdgeSettings, config, edge_settings.PREFIX)
    except SettingsError as exc:
        raise ChoiceError(str(exc)) from exc


def _validated(document: Mapping[str, object]) -> CameraSettings:
    try:
        return CameraSettings.model_validate(document)
    except ValidationError as exc:
        # Without the input: a url may hold a password.
        raise ChoiceError("; ".join(error["msg"].removeprefix("Value error, ") for error in exc.errors())) from None
