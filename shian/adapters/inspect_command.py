"""`shian adapters inspect`: the ranking, the reasons, and the frames as the best one reads them.

Exit code 1: it cannot be told. With `--json` standard output is JSON lines: one of the kind `inspection`, then one of
the kind `frame`, `rejected` or `noise` a range.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise
from process.console import Console
from process.language import t
from process.terminal import write_json
from shian.adapters.candidates import candidates
from shian.adapters.inspection import Entry, Inspection, frames_of, inspect
from shian.adapters.own import ProfilesFolder, own_profiles
from shian.adapters.reasons import reason_against
from shian.adapters.scoring import Score
from shian.adapters.sources import Source, open_source
from shian.decode import reading_line, rejected_line

_SHOWN = 8
_FRAMES = 20
_HEX = 16


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("the capture", "抓取文件"))],
    *,
    frames: Annotated[
        bool, typer.Option("--frames", help=t("all frames, not the first 20", "显示全部帧，而非前 20 帧"))
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help=t("all profiles in the table", "表中列出全部型号配置"))
    ] = False,
    most: Annotated[
        float,
        typer.Option(
            min=0.01, metavar="MIB", help=t("how much of a long capture is compared", "长抓取文件中用于比较的部分")
        ),
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help=t("JSON lines for programs", "供程序使用的 JSON 行"))] = False,
    profiles: ProfilesFolder = None,
) -> None:
    source = open_source(file)
    with progress(min(source.size, int(most * 1024 * 1024)), t("inspecting", "分析中")) as advance:
        found = inspect(source, candidates(own_profiles(profiles)), advance, most=int(most * 1024 * 1024))
    if as_json:
        _write_json(source, found, limit=None if frames else _FRAMES)
    else:
        _show(source, found, limit=None if frames else _FRAMES, rows=None if everything else _SHOWN)
    if found.doubt:
        raise typer.Exit(1)


@contextmanager
def progress(size: int, what: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=size)
        yield lambda count: bar.update(task, advance=count)


def _show(source: Source, found: Inspection, *, limit: int | None, rows: int | None) -> None:
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    console.print(_table(found, rows))
    best = found.best
    for line in _verdict(found):
        console.print(line)
    if best is None:
        return
    console.print()
    console.print(t(f"As {best.candidate.name} reads it:", f"按 {best.candidate.name} 解读："))
    entries = frames_of(source, best)
    for entry in islice(entries, limit):
        for line in _entry_lines(entry):
            console.print(line, soft_wrap=True)
    if next(entries, None) is not None:
        console.print(t("... more: --frames shows all", "……还有更多：--frames 显示全部"))


def _verdict(found: Inspection) -> Iterator[str]:
    best = found.best
    if found.doubt or best is None:
        yield t(f"Cannot tell: {found.doubt}.", f"无法判断：{found.doubt}。")
        return
    proof = (
        t("its check held, and no altered frame passed it", "校验成立，改动过的帧全部被拒")
        if best.is_checked
        else t("by its structure", "依据其结构")
    )
    yield t(f"Family {best.candidate.family.name}: {proof}.", f"协议族 {best.candidate.family.name}：{proof}。")
    if best.requests:
        yield t(f"The host sent {best.requests} of its requests.", f"主机发送过其请求 {best.requests} 次。")
    if found.alike:
        names = ", ".join(score.candidate.profile.name for score in (best, *found.alike))
        yield t(
            f"Cannot tell the model: {names} read it alike. The label on the device decides.",
            f"无法判断型号：{names} 的解读相同，请以设备铭牌为准。",
        )
    else:
        yield t(f"Profile {best.candidate.profile.name}.", f"型号配置 {best.candidate.profile.name}。")


def _table(found: Inspection, rows: int | None) -> Table:
    first = t("the first ", "开头的") if found.is_cut else ""
    table = Table(
        title=t(
            f"{first}{found.size} bytes of the device, {found.host_size} of the host",
            f"{first}设备 {found.size} 字节，主机 {found.host_size} 字节",
        )
    )
    for name, is_number in (
        (t("profile", "型号配置"), False),
        (t("evidence", "证据"), True),
        (t("frames", "帧"), True),
        (t("covered", "覆盖"), True),
        (t("readings", "读数"), True),
        (t("rejected B", "拒收字节"), True),
        (t("noise B", "杂散字节"), True),
        (t("why not", "未选原因"), False),
    ):
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    best = found.best
    for score in found.ranking[:rows]:
        tally = score.tally
        table.add_row(
            score.candidate.name,
            f"{score.evidence:.2f}",
            str(tally.frames),
            f"{100 * tally.covered:.0f} %",
            str(tally.readings),
            str(tally.rejected_bytes),
            str(tally.noise),
            "" if score is best and not found.doubt else reason_against(score, best if score is not best else None),
        )
    if rows is not None and len(found.ranking) > rows:
        table.caption = t(f"{len(found.ranking) - rows} more: --all", f"另有 {len(found.ranking) - rows} 个：--all")
    return table


def _entry_lines(entry: Entry) -> Iterator[str]:
    match entry.output:
        case FrameAccepted(offset, length):
            yield t(f"{offset:8d} {length:6d} B  frame", f"{offset:8d} {length:6d} B  帧")
        case FrameRejected(reason, offset, data, detail):
            said = f"{reason}: {detail}" if detail else reason
            yield t(
                f"{offset:8d} {len(data):6d} B  rejected ({said})  {_hex(data)}",
                f"{offset:8d} {len(data):6d} B  拒收（{said}）  {_hex(data)}",
            )
        case Noise(offset, data):
            yield t(
                f"{offset:8d} {len(data):6d} B  noise  {_hex(data)}",
                f"{offset:8d} {len(data):6d} B  杂散  {_hex(data)}",
            )
        case _:
            pass
    for reading in entry.readings:
        parts = (
            reading.item_name or reading.item,
            f"{reading.value_text} {reading.unit}".strip(),
            reading.verdict or "",
            reading.commodity,
            f"#{reading.sample_number}" if reading.sample_number else "",
            reading.measured_at_text,
            " ".join(f"[{flag}]" for flag in reading.flags),
        )
        yield "                     " + "  ".join(part for part in parts if part)


def _hex(data: bytes) -> str:
    return data[:_HEX].hex(" ") + (" ..." if len(data) > _HEX else "")


def _write_json(source: Source, found: Inspection, *, limit: int | None) -> None:
    best = found.best
    _line(
        {
            "kind": "inspection",
            "device_bytes": found.size,
            "host_bytes": found.host_size,
            "is_cut": found.is_cut,
            "family": best.candidate.family.name if best and not found.doubt else None,
            "profile": best.candidate.profile.name if best and not found.doubt and not found.alike else None,
            "alike": [score.candidate.profile.name for score in (best, *found.alike) if score and found.alike],
            "doubt": found.doubt,
            "candidates": [
                _score(score, "" if score is best else reason_against(score, best)) for score in found.ranking
            ],
        }
    )
    for entry in islice(frames_of(source, best), limit) if best else ():
        match entry.output:
            case FrameAccepted(offset, length):
                readings = [reading_line(reading) for reading in entry.readings]
                _line({"kind": "frame", "offset": offset, "length": length, "readings": readings})
            case FrameRejected() as rejected:
                _line(rejected_line(rejected) | {"readings": [reading_line(reading) for reading in entry.readings]})
            case Noise(offset, data):
                _line({"kind": "noise", "offset": offset, "length": len(data), "hex": data.hex()})
            case _:
                pass


def _score(score: Score, why_not: str) -> dict[str, Any]:
    tally = score.tally
    return {
        "family": score.candidate.family.name,
        "profile": score.candidate.profile.name,
        "evidence": round(score.evidence, 4),
        "is_checked": score.is_checked,
        "frames": tally.frames,
        "covered": round(tally.covered, 4),
        "covered_shuffled": round(score.shuffled, 4),
        "altered": score.altered,
        "altered_refused": score.refused,
        "readings": tally.readings,
        "values": tally.values,
        "known": tally.known,
        "rejected": dict(tally.rejected),
        "rejected_bytes": tally.rejected_bytes,
        "noise_bytes": tally.noise,
        "requests": score.requests,
        "why_not": why_not,
    }


def _line(document: dict[str, Any]) -> None:
    write_json(document)
