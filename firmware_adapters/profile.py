"""Profiles: what is known of one model of analyzer, as data (TOML). Shipped ones lie in each family's profiles/."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from wire.terms import Verdict


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the file and the place in it."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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

    def has_quirk(self, name: str) -> bool:
        return any(quirk.name == name for quirk in self.quirks)


def parse_profile(text: str, place: str) -> Profile:
    """Raises ProfileError naming `place` and the key."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
        profile = Profile.model_validate(document)
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
