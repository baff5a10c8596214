"""Settings: one frozen model a process, from TOML and the environment. An unknown key is an error that names the line.

`SHIAN_EDGE__BROKER__HOST=...` overrides `[broker] host` of the model loaded with the prefix `SHIAN_EDGE`. A value that
begins with `${CREDENTIALS_DIRECTORY}` is a path of a secret that systemd hands over.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from process.language import t
from process.toml_lines import line_of


class SettingsError(ValueError):
    """The settings cannot be used; the message names the file, the line and the key."""


class Settings(BaseModel):
    """Base of every settings model and of its parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=Settings)
_CREDENTIALS = "${CREDENTIALS_DIRECTORY}"


def load(model: type[S], path: Path | None, prefix: str, environ: Mapping[str, str] = os.environ) -> S:
    """Return the settings in `path` (None: defaults), overridden by the environment. Raises SettingsError."""
    place = str(path) if path else t("(no file)", "（无文件）")
    text = ""
    if path:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(f"{place}: {exc}") from exc
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{place}: {exc}") from exc
    overridden = _override(document, prefix, environ)
    document = _with_credentials(document, place, environ)
    try:
        return model.model_validate(document)
    except ValidationError as exc:
        raise SettingsError("\n".join(_explain(error, place, text, overridden) for error in exc.errors())) from exc


def own_folder(chosen: Path | None, name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return a folder of the user's own: `chosen`, else `name` below the XDG configuration folder where it exists."""
    if chosen:
        return chosen
    folder = own_place(name, environ)
    return folder if folder and folder.is_dir() else None


def own_place(name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the path at which that folder is, or would be made; None without a home."""
    home = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    return Path(home, "shian", name) if home else None


def _override(document: dict[str, Any], prefix: str, environ: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Put `PREFIX__A__B=value` at document["a"]["b"]; returns which variable set which key."""
    found: dict[tuple[str, ...], str] = {}
    for name, value in sorted(environ.items()):
        if not name.startswith(prefix + "__"):
            continue
        *tables, key = name.removeprefix(prefix + "__").lower().split("__")
        table = document
        for step in tables:
            below = table.setdefault(step, {})
            if not isinstance(below, dict):
                raise SettingsError(f"{name}: {step!r} {t('is not a table', '不是表')}")
            table = below
        table[key] = value
        found[(*tables, key)] = name
    return found


def _with_credentials(value: Any, place: str, environ: Mapping[str, str]) -> Any:
    """Put the folder of systemd's credentials (systemd.exec(5)) in the place of `${CREDENTIALS_DIRECTORY}`: a unit with
    a user of its own for each start can read its secrets nowhere else. Raises SettingsError outside of such a unit."""
    match value:
        case dict():
            return {key: _with_credentials(inner, place, environ) for key, inner in value.items()}
        case list():
            return [_with_credentials(inner, place, environ) for inner in value]
        case str() if value.startswith(_CREDENTIALS):
            folder = environ.get("CREDENTIALS_DIRECTORY", "")
            if not folder:
                raise SettingsError(
                    t(
                        f"{place}: {value}: CREDENTIALS_DIRECTORY is not set; only a unit of systemd has it",
                        f"{place}：{value}：未设置 CREDENTIALS_DIRECTORY，仅 systemd 单元中才有",
                    )
                )
            return folder + value.removeprefix(_CREDENTIALS)
    return value


def _explain(error: Any, place: str, text: str, overridden: Mapping[tuple[str, ...], str]) -> str:
    path: Sequence[str | int] = error["loc"]
    dotted = ".".join(map(str, path))
    message = t("unknown key", "未知的键") if error["type"] == "extra_forbidden" else error["msg"]
    variable = overridden.get(tuple(map(str, path)))
    if variable:
        return f"{variable}: {message}"
    line = line_of(text, path)
    where = f"{place}:{line}" if line else place
    return f"{where}: {dotted}: {message}"
