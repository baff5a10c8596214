"""Profiles: what is known of one model of analyzer, as data (TOML). Shipped ones lie in each family's profiles/."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from wire.terms import Verdict


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the file and the place in it."""


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
    options: Mapping[str, str | int | float | bool] = Field(default={}, description="the family's own settings")
    settings: Mapping[str, Any] = Field(
        default={}, description="the family's own structured settings (register maps, patterns): see `settings_as`"
    )
    place: str = Field(default="", exclude=True, description="the file it came from, for messages; never in the file")

    def has_quirk(self, name: str) -> bool:
        return any(quirk.name == name for quirk in self.quirks)

    def settings_as(self, model: type[SettingsT]) -> SettingsT:
        """`[settings]` as the family's own model. Raises ProfileError naming the file and the key."""
        try:
            return model.model_validate(dict(self.settings))
        except ValidationError as exc:
            first = exc.errors(include_url=False)[0]
            key = ".".join(map(str, ("settings", *first["loc"])))
            raise ProfileError(f"{self.place or self.name}: {key}: {first['msg']}") from exc


def parse_profile(text: str, place: str) -> Profile:
    """Raises ProfileError naming `place` and the key."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
        if "place" in document:
            raise ProfileError(f"{place}: place: not a setting")
        profile = Profile.model_validate({**document, "place": place})
        "".encode(profile.charset)
    except tomllib.TOMLDecodeError as exc:
        raise ProfileError(f"{place}: {exc}") from exc
    except LookupError as exc:
        raise ProfileError(f"{place}: charset: {exc}") from exc
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        raise ProfileError(f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from exc
    return profile


def load_profile(path: Path) -> Profile:
    """Raises ProfileError."""
    try:
        return parse_profile(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as exc:
        raise ProfileError(f"{path}: {exc}") from exc
