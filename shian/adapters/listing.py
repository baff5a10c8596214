"""`shian adapters list`: every profile that can be used, with its evidence."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.table import Table

from firmware_adapters.own_profiles import OwnProfiles
from firmware_adapters.profile import Profile, ProfileError
from firmware_adapters.registry import Family, families
from process.console import Console
from process.language import t
from process.terminal import complain, write_json
from shian.adapters.own import ProfilesFolder, own_profiles


def list_profiles(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD...", help=t("show only what holds all these words", "只显示包含这些词的型号")),
    ] = None,
    *,
    profiles: ProfilesFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("for programs", "输出 JSON，供程序使用"))] = False,
) -> None:
    own = own_profiles(profiles)
    chosen = [row for row in rows(own) if row.holds(words or [])]
    if as_json:
        write_json([row.as_document() for row in chosen] + _as_documents(own), indent=2)
        return
    Console().print(_table(chosen))
    # A name that is there twice is the mistake of two files, and told once.
    for message in dict.fromkeys((*(row.error for row in chosen if row.error), *own.broken)):
        _warn(message)


@dataclass(frozen=True, slots=True)
class Row:
    """A profile; `error` says why it cannot be used all the same."""

    profile: Profile
    is_own: bool
    error: str = ""

    def holds(self, words: list[str]) -> bool:
        text = json.dumps(self.as_document(), ensure_ascii=False).casefold()
        return all(word.casefold() in text for word in words)

    def as_document(self) -> dict[str, object]:
        profile = self.profile
        return {
            "family": profile.family,
            "profile": profile.name,
            "maker": profile.maker,
            "model": profile.model,
            "firmware": profile.firmware,
            "evidence": profile.evidence,
            "line": profile.line.model_dump(),
            "usb": [f"{usb.vid}:{usb.pid}" for usb in profile.usb],
            "file": profile.place,
            "own": self.is_own,
            "error": self.error,
        }


def rows(own: OwnProfiles) -> Iterator[Row]:
    """Yield the shipped profiles, then the user's own, each checked by its family."""
    known = families()
    for family in known.values():
        for profile in family.shipped().values():
            yield Row(profile, is_own=False)
    for profile in own.profiles:
        yield Row(profile, is_own=True, error=_error_of(profile, known, own))


def _error_of(profile: Profile, known: Mapping[str, Family], own: OwnProfiles) -> str:
    try:
        family = known.get(profile.family)
        if family is None:
            raise profile.fault(("family",), f"no adapter {profile.family!r}")
        family.profile(profile.name, own)
    except ProfileError as exc:
        return str(exc)
    return ""


def _as_documents(own: OwnProfiles) -> list[dict[str, object]]:
    return [{"own": True, "error": message} for message in own.broken]


def _warn(message: str) -> None:
    complain(t(f"not usable: {message}", f"不可用：{message}"))


def _table(chosen: list[Row]) -> Table:
    table = Table(
        t("family", "协议族"),
        t("profile", "型号配置"),
        t("maker", "厂商"),
        t("model", "型号"),
        t("evidence", "依据"),
        t("line", "串口参数"),
        "USB",
        box=None,
        pad_edge=False,
    )
    for row in chosen:
        profile = row.profile
        line = f"{profile.line.baud} {profile.line.bytesize}{profile.line.parity}{profile.line.stopbits:g}"
        usb = " ".join(f"{usb.vid}:{usb.pid}" for usb in profile.usb)
        table.add_row(profile.family, profile.name, profile.maker, profile.model, profile.evidence, line, usb)
    return table
