"""Settings: one frozen model a process, from TOML and the environment. An unknown key is an error that names the line.

`SHIAN_EDGE__BROKER__HOST=...` overrides `[broker] host` of the model loaded with the prefix `SHIAN_EDGE`. A value that
begins with `${CREDENTIALS_DIRECTORY}` is a path of a secret that systemd hands over.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
CREDENTIALS = "${CREDENTIALS_DIRECTORY}"


@dataclass(frozen=True, slots=True)
class Source:
    """The text of settings. `overridden`: which variable of the environment set which key."""

    place: str
    text: str
    document: dict[str, Any]
    overridden: Mapping[tuple[str, ...], str]

    def line(self, key: Sequence[str | int]) -> int:
        """Return the line of the key, or of the table around it; 0 where the text has neither."""
        return line_of(self.text, key) or 0

    def say(self, key: Sequence[str | int], message: str) -> str:
        """Return the message behind its place: file, line and key, or the variable that set it."""
        variable = self.overridden.get(tuple(map(str, key)))
        if variable:
            return f"{variable}: {message}"
        line, dotted = self.line(key), ".".join(map(str, key))
        where = f"{self.place}:{line}" if line else self.place
        return f"{where}: {dotted}: {message}" if dotted else f"{where}: {message}"


def load(model: type[S], path: Path | None, prefix: str, environ: Mapping[str, str] = os.environ) -> S:
    """Return the settings in `path` (None: defaults), overridden by the environment. Raises SettingsError."""
    source = read(path, prefix, environ)
    document = _with_credentials(source.document, source.place, environ)
    try:
        return model.model_validate(document)
    except ValidationError as exc:
        raise SettingsError("\n".join(source.say(error["loc"], message_of(error)) for error in exc.errors())) from exc


def read(path: Path | None, prefix: str, environ: Mapping[str, str] = os.environ) -> Source:
    """Read the text, and put the environment's values into its document. Raises SettingsError."""
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
    return Source(place, text, document, _override(document, prefix, environ))


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
        case str() if value.startswith(CREDENTIALS):
            folder = environ.get("CREDENTIALS_DIRECTORY", "")
            if not folder:
                raise SettingsError(
                    t(
                        f"{place}: {value}: CREDENTIALS_DIRECTORY is not set; only a unit of systemd has it",
                        f"{place}：{value}：未设置 CREDENTIALS_DIRECTORY，仅 systemd 单元中才有",
                    )
                )
            return folder + value.removeprefix(CREDENTIALS)
    return value


def message_of(error: Any) -> str:
    """Return the message of one of pydantic's errors."""
    return t("unknown key", "未知的键") if error["type"] == "extra_forbidden" else str(error["msg"])
