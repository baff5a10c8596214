"""`shian adapters list`: every profile that can be used, with its evidence."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from firmware_adapters.profile import Profile
from firmware_adapters.registry import families
from process.language import t


def list_profiles(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD...", help=t("show only what holds all these words", "只显示包含这些词的型号")),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=t("for programs", "输出 JSON，供程序使用"))] = False,
) -> None:
    chosen = [row for row in rows() if row.holds(words or [])]
    if as_json:
        typer.echo(json.dumps([row.as_document() for row in chosen], ensure_ascii=False, indent=2))
    else:
        Console().print(_table(chosen))


@dataclass(frozen=True, slots=True)
class Row:
    profile: Profile

    def holds(self, words: list[str]) -> bool:
        text = json.dumps(self.as_document(), ensure_ascii=False).casefold()
        return all(word.casefold() in text for word in words)

    def as_document(self) -> dict[str, object]:
        it = self.profile
        return {
            "family": it.family,
            "profile": it.name,
            "maker": it.maker,
            "model": it.model,
            "firmware": it.firmware,
            "evidence": it.evidence,
            "line": it.line.model_dump(),
            "usb": [f"{usb.vid}:{usb.pid}" for usb in it.usb],
            "file": it.place,
        }


def rows() -> Iterator[Row]:
    for family in families().values():
        for profile in family.shipped().values():
            yield Row(profile)


def _table(chosen: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in (
        t("family", "协议族"),
        t("profile", "型号配置"),
        t("maker", "厂商"),
        t("model", "型号"),
        t("evidence", "依据"),
        t("line", "串口参数"),
        "USB",
    ):
        table.add_column(title)
    for row in chosen:
        it = row.profile
        line = f"{it.line.baud} {it.line.bytesize}{it.line.parity}{it.line.stopbits:g}"
        usb = " ".join(f"{usb.vid}:{usb.pid}" for usb in it.usb)
        table.add_row(it.family, it.name, it.maker, it.model, it.evidence, line, usb)
    return table
