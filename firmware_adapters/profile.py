"""Profiles: the knowledge of one model of analyzer, as data (TOML). Shipped ones lie in each family's profiles/."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from process.toml_lines import line_of, line_of_hopeless, line_of_many_parts, line_of_syntax_error
from wire.terms import RecordKind, TimeSource, Verdict

LONGEST = 128 * 1024
_MOST_TOLD = 20


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the file, the line and the key."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


SettingsT = TypeVar("SettingsT", bound=BaseModel)


class LineSettings(_Model):
    """The serial line. Ignored by ptys and sockets."""

    baud: int = Field(default=9600, ge=50, le=4_000_000)
    bytesize: Literal[5, 6, 7, 8] = 8
    parity: Literal["N", "E", "O", "M", "S"] = "N"
    stopbits: Annotated[float, Field(description="1, 1.5 or 2")] = 1

    @field_validator("stopbits")
    @classmethod
    def _check_stopbits(cls, value: float) -> float:
        if value not in (1, 1.5, 2):
            raise ValueError("1, 1.5 or 2")
        return value


class UsbId(_Model):
    vid: Annotated[str, Field(pattern=r"^[0-9a-f]{4}$")]
    pid: Annotated[str, Field(pattern=r"^[0-9a-f]{4}$")]


class ItemMap(_Model):
    """The device's code for an item -> ours."""

    code: str
    name: str = ""
    unit: str = ""
    scale: float = 1.0

    def scaled(self, number: float | None, unit: str) -> tuple[float | None, str]:
        """Convert a number with its unit from the device's to ours. Without a scale they are the same."""
        if number is None or self.scale == 1:
            return number, unit
        return number * self.scale, self.unit or unit


# What each vouches for: a number or a time of strength 0 tells no test from another.
_STRENGTH_OF_RECORD = {RecordKind.RUNNING: 2, RecordKind.DAILY: 1, RecordKind.IN_MESSAGE: 0, RecordKind.NONE: 0}
_STRENGTH_OF_TIME = {
    TimeSource.TEST: 2, TimeSource.DAY: 1, TimeSource.ORDER: 0, TimeSource.MESSAGE: 0, TimeSource.NONE: 0
}  # fmt: skip


class Identity(_Model):
    """Identity of a test: the strongest kind of number and of time that the device gives. See RecordKind and
    TimeSource."""

    record: RecordKind
    time: TimeSource

    def claims_more(self, record: RecordKind, time: TimeSource) -> str:
        """Return the key ("record", "time") under which these claim more than this allows, or ""."""
        if _STRENGTH_OF_RECORD[record] > _STRENGTH_OF_RECORD[self.record]:
            return "record"
        return "time" if _STRENGTH_OF_TIME[time] > _STRENGTH_OF_TIME[self.time] else ""


class Quirk(_Model):
    """A named deviation that the family knows how to bear, and how we know of it."""

    name: str
    evidence: str


class Profile(_Model):
    """One model of analyzer."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
    family: str
    maker: str
    model: str
    firmware: str = ""
    evidence: Literal["capture", "vendor-layout", "simulator"]
    note: str = ""
    charset: str = "ascii"
    line: LineSettings = LineSettings()
    usb: tuple[UsbId, ...] = ()
    items: Mapping[str, ItemMap] = {}
    not_available: tuple[str, ...] = ()
    verdicts: Mapping[str, Verdict] = {}
    quirks: tuple[Quirk, ...] = ()
    identity: Annotated[
        Identity | None, Field(description="what tells its tests apart; none: the best that the family can know")
    ] = None
    options: Mapping[str, str | int | float | bool] = Field(default={}, description="the family's own settings")
    settings: Mapping[str, Any] = Field(
        default={}, description="the family's own structured settings (register maps, patterns): see `settings_as`"
    )
    place: str = Field(default="", exclude=True, description="the file it came from, for messages; never in the file")
    source: str = Field(default="", exclude=True, repr=False, description="the file's text, for the lines in messages")

    def has_quirk(self, name: str) -> bool:
        return any(quirk.name == name for quirk in self.quirks)

    def check_quirks(self, known: Set[str]) -> None:
        """Check the quirks. Raises ProfileError for one that the family does not know: a misspelt one would be borne by
        nobody."""
        for index, quirk in enumerate(self.quirks):
            if quirk.name not in known:
                there_are = ", ".join(sorted(known)) or "none"
                raise self.fault(
                    ("quirks", index, "name"), f"{self.family} knows no {quirk.name!r}; there are: {there_are}"
                )

    def record_kind(self, record: str, best: RecordKind) -> RecordKind:
        """Return the kind of the number `record`: `best` as far as the family knows, or less where the profile says
        so."""
        if not record:
            return RecordKind.NONE
        said = self.identity.record if self.identity else best
        kind = min(best, said, key=_STRENGTH_OF_RECORD.__getitem__)
        return RecordKind.IN_MESSAGE if kind is RecordKind.NONE else kind

    def time_source(self, text: str, best: TimeSource) -> TimeSource:
        """Return the source of the time `text`: `best` as far as the family knows, or less where the profile says
        so."""
        if not text:
            return TimeSource.NONE
        said = self.identity.time if self.identity else best
        source = min(best, said, key=_STRENGTH_OF_TIME.__getitem__)
        return TimeSource.MESSAGE if source is TimeSource.NONE else source

    def settings_as(self, model: type[SettingsT]) -> SettingsT:
        """Return `[settings]` as the family's own model. Raises ProfileError naming the file, the line and the key."""
        return self._read(model, "settings", self.settings)

    def options_as(self, model: type[SettingsT]) -> SettingsT:
        """Return `[options]` as the family's own model. Raises ProfileError as `settings_as` does."""
        return self._read(model, "options", self.options)

    def fault(self, path: Sequence[str | int], message: str) -> ProfileError:
        """Return an error about the key at `path` of this profile's file."""
        return ProfileError(_told(self.source, self.place or self.name, path, message))

    def _read(self, model: type[SettingsT], table: str, content: Mapping[str, Any]) -> SettingsT:
        try:
            return model.model_validate(dict(content))
        except ValidationError as exc:
            raise ProfileError(_all_told(exc, self.source, self.place or self.name, (table,))) from exc


def parse_profile(text: str, place: str) -> Profile:
    """Parse a profile. Raises ProfileError naming `place`, the line and the key; a message a line when there are
    several mistakes."""
    if line := line_of_many_parts(text):
        raise ProfileError(f"{place}:{line}: a key of too many parts")
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:  # a ValueError of another kind: a number of more than 4,300 digits
        line = line_of_syntax_error(str(exc)) or line_of_hopeless(text)
        raise ProfileError(f"{place}:{line or 1}: {_in_one_line(str(exc))}") from exc
    for ours in ("place", "source"):
        if ours in document:
            raise ProfileError(_told(text, place, (ours,), "unknown key"))
    try:
        profile = Profile.model_validate({**document, "place": place, "source": text})
    except ValidationError as exc:
        raise ProfileError(_all_told(exc, text, place)) from exc
    try:
        "".encode(profile.charset)
    except (LookupError, ValueError) as exc:
        raise profile.fault(("charset",), str(exc)) from exc
    return profile


def load_profile(path: Path) -> Profile:
    """Load a profile from its file. Raises ProfileError."""
    try:
        # To open a pipe would be to wait for whoever writes to it.
        if not path.is_file() and path.exists():
            raise ProfileError(f"{path}: not a file")
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except (OSError, ValueError) as exc:  # a ValueError: a path with a NUL
        raise ProfileError(f"{path}: {getattr(exc, 'strerror', None) or exc}") from exc
    if len(data) > LONGEST:
        raise ProfileError(f"{path}: more than {LONGEST} bytes: not a profile")
    try:
        text = data.decode("utf-8-sig")  # editors of Windows put a byte order mark first
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise ProfileError(f"{path}:{line}: not UTF-8: byte {data[exc.start]:#04x}") from exc
    return parse_profile(text, str(path))


def _all_told(exc: ValidationError, text: str, place: str, above: Iterable[str] = ()) -> str:
    told = [
        _told(
            text,
            place,
            (*above, *error["loc"]),
            "unknown key" if error["type"] == "extra_forbidden" else error["msg"],
        )
        for error in islice(exc.errors(include_url=False), _MOST_TOLD)
    ]
    more = exc.error_count() - len(told)
    return "\n".join([*told, *([f"{place}: and {more} more mistakes"] if more else [])])


def _told(text: str, place: str, path: Sequence[str | int], message: str) -> str:
    """Return `file:line: key: message`. A missing key belongs to its table, at the top to the first line."""
    line = f":{line_of(text, path) or 1}" if text else ""
    return f"{place}{line}: {'.'.join(map(_shown, path))}: {_in_one_line(message)}"


def _shown(key: str | int) -> str:
    text = str(key)
    return text if text.isprintable() and text else repr(text)


def _in_one_line(message: str) -> str:
    return " ".join(message.splitlines())
