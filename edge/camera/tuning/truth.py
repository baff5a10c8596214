"""The true events of a clip, read from a file: TOML, JSON with the same keys, or CSV. A mistake names the file and its
place.

Frames count from 0, as they come out of the decoder. They become seconds by their own times once the clip was read, or
by the rate `fps` in the file."""

import csv
import io
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from edge.camera.errors import CameraError
from edge.camera.tuning.score import Nuisance, TrueEvent
from process.language import t
from process.settings import Settings
from process.toml_lines import line_of
from wire.cameras import CameraKind

SUFFIXES = (".toml", ".json", ".csv")
_LARGEST = 1 << 20
_NUISANCE = "nuisance"  # the kind of such a row in a CSV

Place = Callable[[Sequence[str | int]], str]
_Seconds = Annotated[float | None, Field(ge=0, allow_inf_nan=False)]
_Number = Annotated[int | None, Field(ge=0)]


class TruthError(CameraError):
    """The truth cannot be used; the message names the file and the line or row."""


class _Span(Settings):
    from_frame: _Number = None
    to_frame: _Number = None
    from_s: _Seconds = None
    to_s: _Seconds = None

    @property
    def ends(self) -> tuple[float, float]:
        """Return the first and the last moment, in frames or in seconds."""
        first, last = (self.from_frame, self.to_frame) if self.is_in_frames else (self.from_s, self.to_s)
        assert first is not None
        assert last is not None
        return first, last

    @property
    def is_in_frames(self) -> bool:
        return self.from_frame is not None

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        given = [name for name in ("from_frame", "to_frame", "from_s", "to_s") if getattr(self, name) is not None]
        if given not in (["from_frame", "to_frame"], ["from_s", "to_s"]):
            raise ValueError(
                t(
                    "give from_frame and to_frame, or from_s and to_s",
                    "应给出 from_frame 与 to_frame，或 from_s 与 to_s",
                )
            )
        first, last = self.ends
        if last < first:
            raise ValueError(
                t(f"ends ({last:g}) before it begins ({first:g})", f"结束（{last:g}）早于开始（{first:g}）")
            )
        return self


class _Event(_Span):
    kind: CameraKind
    zone: str = ""


class _Nuisance(_Span):
    what: str = ""


class _Document(Settings):
    event: Annotated[tuple[_Event, ...], Field(max_length=10_000)] = ()
    nuisance: Annotated[tuple[_Nuisance, ...], Field(max_length=10_000)] = ()
    fps: Annotated[float | None, Field(gt=0, le=1000, allow_inf_nan=False)] = None
    local_time: time | None = None
    kinds: tuple[CameraKind, ...] | None = None

    @field_validator("local_time")
    @classmethod
    def _check_zone(cls, value: time | None) -> time | None:
        if value is not None and value.tzinfo is not None:
            raise ValueError(t("a local time, without a zone", "应为不带时区的当地时间"))
        return value


@dataclass(frozen=True, slots=True)
class Truth:
    """The true events of a clip. `local_time`: the station's time of day at the first picture; `kinds`: the kinds to
    score, None: those that happen."""

    path: Path
    local_time: time | None
    kinds: tuple[CameraKind, ...] | None
    _document: _Document
    _place: Place

    @property
    def events(self) -> int:
        return len(self._document.event)

    @property
    def nuisances(self) -> int:
        return len(self._document.nuisance)

    def in_seconds(self, times: Sequence[float]) -> tuple[list[TrueEvent], list[Nuisance]]:
        """Return the events and nuisances in seconds. `times`: the time at which each frame of the clip is shown.
        Raises TruthError for an event that begins after the end of the clip."""
        document = self._document
        events = [
            TrueEvent(event.kind, *self._ends(event, times, ("event", at)), event.zone)
            for at, event in enumerate(document.event)
        ]
        nuisances = [
            Nuisance(nuisance.what, *self._ends(nuisance, times, ("nuisance", at)))
            for at, nuisance in enumerate(document.nuisance)
        ]
        return events, nuisances

    def _ends(self, span: _Span, times: Sequence[float], path: Sequence[str | int]) -> tuple[float, float]:
        first, last = span.ends
        if not span.is_in_frames:
            if first > times[-1]:
                raise TruthError(
                    f"{self._place(path)}: "
                    + t(
                        f"from_s = {first:g}: the clip ends at {times[-1]:.1f} s",
                        f"from_s = {first:g}：片段在 {times[-1]:.1f} 秒结束",
                    )
                )
            return first, min(last, times[-1])
        if first >= len(times):
            raise TruthError(
                f"{self._place(path)}: "
                + t(
                    f"from_frame = {first:g}: the clip has {len(times)} frames",
                    f"from_frame = {first:g}：片段共 {len(times)} 帧",
                )
            )
        begin, end = int(first), min(int(last), len(times) - 1)
        if self._document.fps:
            return begin / self._document.fps, end / self._document.fps
        return times[begin], times[end]


def truth_beside(clip: Path) -> Path:
    """Return the file of truth beside a clip. Raises TruthError."""
    found = next((path for suffix in SUFFIXES if (path := clip.with_suffix(suffix)).is_file()), None)
    if found is None:
        names = ", ".join(clip.with_suffix(suffix).name for suffix in SUFFIXES)
        raise TruthError(t(f"{clip}: no truth beside it ({names})", f"{clip}：旁边没有真值文件（{names}）"))
    return found


def read_truth(path: Path) -> Truth:
    """Read a file of truth. Raises TruthError."""
    text = _read(path)
    document, place = _PARSERS.get(path.suffix.lower(), _unknown)(path, text)
    try:
        checked = _Document.model_validate(document)
    except ValidationError as exc:
        raise TruthError("\n".join(_explained(error, place) for error in exc.errors()[:10])) from exc
    return Truth(path, checked.local_time, checked.kinds, checked, place)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise TruthError(f"{path}: {t('larger than 1 MiB', '大于 1 MiB')}")
        return content.decode("utf-8-sig")
    except OSError as exc:
        raise TruthError(f"{path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise TruthError(f"{path}: {t('is not UTF-8', '不是 UTF-8')}") from exc


def _unknown(path: Path, _text: str) -> tuple[Mapping[str, Any], Place]:
    raise TruthError(t(f"{path}: a truth is a .toml, .json or .csv file", f"{path}：真值文件应为 .toml、.json 或 .csv"))


def _toml(path: Path, text: str) -> tuple[Mapping[str, Any], Place]:
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise TruthError(f"{path}: {exc}") from exc

    def place(loc: Sequence[str | int]) -> str:
        line = line_of(text, loc)
        return f"{path}:{line}" if line else str(path)

    return document, place


def _json(path: Path, text: str) -> tuple[Mapping[str, Any], Place]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise TruthError(f"{path}: {exc}") from exc
    if not isinstance(document, dict):
        raise TruthError(f"{path}: {t('is no object', '不是 JSON 对象')}")

    def place(loc: Sequence[str | int]) -> str:
        return f"{path}: {loc[0]} {loc[1] + 1}" if len(loc) > 1 and isinstance(loc[1], int) else str(path)

    return document, place


def _csv(path: Path, text: str) -> tuple[Mapping[str, Any], Place]:
    events: list[dict[str, str]] = []
    nuisances: list[dict[str, str]] = []
    lines: dict[str, list[int]] = {"event": [], "nuisance": []}
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if "kind" not in (reader.fieldnames or ()):
            raise TruthError(
                f"{path}:1: {t('the first row names the columns; there is no `kind`', '首行应为列名，缺少 kind')}"
            )
        for row in reader:
            where = f"{path}:{reader.line_num}"
            if None in row:
                raise TruthError(f"{where}: {t('more cells than columns', '单元格多于列')}")
            given = {name.strip(): value.strip() for name, value in row.items() if value and value.strip()}
            is_nuisance = given.get("kind") == _NUISANCE
            if is_nuisance:
                del given["kind"]
            (nuisances if is_nuisance else events).append(given)
            lines["nuisance" if is_nuisance else "event"].append(reader.line_num)
    except csv.Error as exc:
        raise TruthError(f"{path}:{reader.line_num}: {exc}") from exc

    def place(loc: Sequence[str | int]) -> str:
        line = lines[str(loc[0])][loc[1]] if len(loc) > 1 and isinstance(loc[1], int) else 1
        return f"{path}:{line}"

    return {"event": events, "nuisance": nuisances}, place


_PARSERS = {".toml": _toml, ".json": _json, ".csv": _csv}


def _explained(error: Any, place: Place) -> str:
    loc: Sequence[str | int] = error["loc"]
    message = (
        t("unknown key", "未知的键")
        if error["type"] == "extra_forbidden"
        else error["msg"].removeprefix("Value error, ")
    )
    dotted = ".".join(str(step) for step in loc if isinstance(step, str))
    return ": ".join(filter(None, (place(loc), dotted, message)))
