"""Reads the results of another program's file by a profile in data. Pure but for the profile's file."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import EdgeError
from edge.samples.asked import ImportedRow
from process.language import t
from wire.terms import Verdict

_NOT_FIELDS = {"key", "value", "tested_at_text", "item_name"}
FIELDS = tuple(name for name in ImportedRow.model_fields if name not in _NOT_FIELDS)


class ProfileError(EdgeError):
    """A profile that cannot be used, or does not fit the file."""


class ImportProfile(BaseModel):
    """Profile by which a file is read: headings by field, words by code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    columns: dict[str, str]
    items: dict[str, str] = {}
    verdicts: dict[str, Verdict] = {}
    time_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S",)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no result, and why."""

    number: int
    why: str


def read_profile(name: str) -> ImportProfile:
    """Read a shipped profile by its name, or one's own by its file. Raises ProfileError."""
    path = Path(name)
    try:
        text = (
            path.read_text("utf-8")
            if path.suffix == ".toml"
            else (files("edge.samples") / "imports" / f"{name}.toml").read_text("utf-8")
        )
        profile = ImportProfile.model_validate(tomllib.loads(text))
    except (OSError, tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as exc:
        raise ProfileError(f"{name}: {exc}") from exc
    if unknown := sorted(set(profile.columns) - set(FIELDS)):
        raise ProfileError(f"{name}: [columns] {', '.join(unknown)}")
    if "item" not in profile.columns:
        raise ProfileError(f"{name}: [columns] item")
    return profile


def rows_of(
    profile: ImportProfile, headings: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], zone: ZoneInfo
) -> tuple[list[ImportedRow], list[BadRow]]:
    """Return the results of a file, and the rows that are none. Raises ProfileError where headings are missing."""
    places = {heading.strip(): place for place, heading in enumerate(headings)}
    missing = [heading for heading in (*profile.key, *profile.columns.values()) if heading not in places]
    if missing:
        named = ", ".join(dict.fromkeys(missing))
        raise ProfileError(t(f"the file has no column {named}", f"文件缺少列：{named}"))
    found, bad = [], []
    for number, cells in rows:

        def cell(heading: str, cells: Sequence[str] = cells) -> str:
            place = places[heading]
            return cells[place].strip() if place < len(cells) else ""

        said = {field: cell(heading) for field, heading in profile.columns.items()}
        key = "\x1f".join(cell(heading) for heading in profile.key)
        if not key.strip("\x1f "):
            bad.append(BadRow(number, t("nothing names the row", "该行没有标识")))
            continue
        try:
            found.append(ImportedRow(key=key, **_values(profile, said, zone)))
        except (ValidationError, ValueError) as exc:
            bad.append(BadRow(number, _first(exc)))
    return found, bad


def _values(profile: ImportProfile, said: dict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    values: dict[str, Any] = {name: text for name, text in said.items() if name not in ("verdict", "tested_at")}
    if text := said.get("verdict", ""):
        if text not in profile.verdicts:
            raise ValueError(t(f"the verdict {text!r} is not in the profile", f"结论 {text!r} 不在映射中"))
        values["verdict"] = profile.verdicts[text]
    values["item_name"] = said["item"]
    values["item"] = profile.items.get(said["item"], said["item"])
    values["value"] = _number(said.get("value_text", ""))
    if text := said.get("tested_at", ""):
        values["tested_at_text"] = text
        values["tested_at"] = _time(text, profile.time_formats, zone)
    return values


def _number(text: str) -> float | None:
    try:
        return float(text.rstrip("%"))
    except ValueError:
        return None


def _time(text: str, forms: Sequence[str], zone: ZoneInfo) -> datetime:
    for form in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    raise ValueError(t(f"the time {text!r} is written otherwise", f"时间 {text!r} 格式不符"))


def _first(exc: ValueError) -> str:
    if isinstance(exc, ValidationError):
        first = exc.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(exc)
