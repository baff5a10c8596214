"""`shian adapters new`: a profile from a capture, a step at a time, or with --yes and options without a question.

Exit code 1: the profile was written, but the capture gave no reading with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from firmware_adapters.own_profiles import OwnProfiles
from firmware_adapters.registry import family as family_named
from process.language import t
from process.settings import own_place
from shian.adapters.candidates import candidates
from shian.adapters.capture_file import CaptureFileError, Heading, open_capture
from shian.adapters.dialog import Dialog
from shian.adapters.drafting import Draft, Tried, tried
from shian.adapters.identity_draft import identity
from shian.adapters.inspect_command import progress
from shian.adapters.inspection import MOST, inspect
from shian.adapters.line_draft import Wanted, line_settings, printed_settings, taken_as_no_value
from shian.adapters.line_family import FAMILIES_OF_TEXT, family_of_text
from shian.adapters.own import FOLDER, ProfilesFolder, own_profiles
from shian.adapters.proposals import Seen, codes_seen, items, mapping, register_row, slaves_seen
from shian.adapters.reasons import reason_against
from shian.adapters.sentinels import of_registers
from shian.adapters.sources import Source, open_source
from shian.adapters.tally import Candidate, Heard
from shian.decode import chosen
from shian.failures import CannotError

# More of a capture teaches nothing new, and is not held in memory.
_MOST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Said:
    """Options of the command line."""

    name: str
    maker: str | None
    model: str | None
    line: Wanted
    registers: Sequence[str]
    maps: Sequence[str]
    record: str | None
    time: str | None


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help=t("of the new profile", "新型号配置的名称"))],
    capture: Annotated[Path, typer.Option("--from", metavar="FILE", help=t("the capture", "抓取文件"))],
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help=t("the file to write", "要写入的文件"))] = None,
    family: Annotated[str | None, typer.Option(help=t("protocol family", "协议族"))] = None,
    base: Annotated[str | None, typer.Option(help=t("shipped profile to begin with", "作为基础的内置型号配置"))] = None,
    maker: Annotated[str | None, typer.Option(help=t("as on the label", "厂商（见铭牌）"))] = None,
    model: Annotated[str | None, typer.Option(help=t("as on the label", "型号（见铭牌）"))] = None,
    charset: Annotated[str | None, typer.Option(help=t("of the device's text", "设备文本的字符集"))] = None,
    separator: Annotated[str | None, typer.Option(help=t("line: between columns", "line：列分隔符"))] = None,
    columns: Annotated[
        str | None, typer.Option(help=t("line: names of the columns, with commas", "line：各列名称，逗号分隔"))
    ] = None,
    pattern: Annotated[
        list[str] | None, typer.Option(help=t("line: a kind of line; may be repeated", "line：一类文本行，可重复"))
    ] = None,
    item: Annotated[str | None, typer.Option(help=t("line: what is measured", "line：检测项目"))] = None,
    unit: Annotated[str | None, typer.Option(help=t("line: where the line has none", "line：行内没有单位时"))] = None,
    record: Annotated[
        str | None, typer.Option(help=t("what the record number is: running, daily, in_message", "记录号的含义"))
    ] = None,
    time_of: Annotated[
        str | None, typer.Option("--time-of", help=t("whose time it is: test, day, order, message", "时间的含义"))
    ] = None,
    time_format: Annotated[
        list[str] | None,
        typer.Option(
            help=t(
                "line: how date and time are written (%d.%m.%y %H:%M); may be repeated",
                "line：日期和时间的写法（如 %d.%m.%y %H:%M），可重复",
            )
        ),
    ] = None,
    place: Annotated[
        list[str] | None,
        typer.Option(
            help=t(
                "line: in a ticket, line behind its first=item (4=tare; 9=- leaves it out); may be repeated",
                "line：票据中首行之后的第几行=项目（如 4=tare；9=- 表示忽略），可重复",
            )
        ),
    ] = None,
    register: Annotated[
        list[str] | None,
        typer.Option(help=t("modbus_rtu: fc3/0=humidity:u16:0.1:%RH; may be repeated", "modbus_rtu：同前，可重复")),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", help=t("device code=item; may be repeated", "设备代码=项目，可重复")),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=t("take all proposals", "采用全部建议"))] = False,
    profiles: ProfilesFolder = None,
) -> None:
    folder = profiles or own_place(FOLDER)
    path = out or (folder or Path()) / f"{name}.toml"
    if path.exists():
        raise CannotError(t(f"{path} is there already", f"{path} 已存在"))
    source = open_source(capture)
    own = own_profiles(profiles if profiles and profiles.is_dir() else None)
    dialog = Dialog(is_silent=yes)
    heard = _first(source, dialog)
    chosen_base = chosen(family, base, own)[0] if family else _told(source, dialog, own)
    heading = _heading(source)
    lines = Wanted(charset, separator, columns, pattern or (), item, unit, time_format or (), place or ())
    said = _Said(name, maker, model, lines, register or (), map_ or (), record, time_of)
    draft = _draft(said, chosen_base, heading, heard, dialog)
    result = tried(draft, heard, capture.name, is_of_a_device=_is_of_a_device(heading))
    _finish(result, path, dialog)
    if not result.is_decoded:
        raise typer.Exit(1)


def _first(source: Source, dialog: Dialog) -> list[Heard]:
    """Return the first 4 MiB of a capture; say so where there is more."""
    heard: list[Heard] = []
    size = 0
    for chunk in source.heard():
        if size >= _MOST:
            dialog.warn(t(f"{source.path} is long: only its FIRST 4 MIB are looked at",
                          f"{source.path} 较长：仅分析开头的 4 MiB"))  # fmt: skip
            break
        heard.append(chunk)
        size += len(chunk.data)
    return heard


def _told(source: Source, dialog: Dialog, own: OwnProfiles) -> Candidate:
    """Find the family as inspect does; where that cannot tell, ask."""
    with progress(min(source.size, MOST), t("inspecting", "分析中")) as advance:
        found = inspect(source, candidates(own), advance)
    for score in found.ranking[:4]:
        why = "" if score is found.best else reason_against(score, found.best)
        dialog.say(f"  {score.candidate.name:28} {score.evidence:.2f}  {why}")
    text = None if found.best and found.best.is_checked else family_of_text(source)
    if text and (not found.best or found.best.candidate.family.name in FAMILIES_OF_TEXT):
        dialog.say(t(f"no check held: lines of text, family {text}", f"没有成立的校验：按文本行处理，协议族 {text}"))
        if dialog.agree(t(f"take the family {text}", f"采用协议族 {text}")):
            return chosen(text, None)[0]
    elif found.best and not found.doubt:
        plain = family_named(found.best.candidate.family.name)
        same = (found.best, *found.alike)
        is_plain = any(score.candidate.profile.name == plain.default_profile for score in same)
        return Candidate(plain, plain.profile()) if is_plain else found.best.candidate
    names = sorted({score.candidate.family.name for score in found.ranking})
    dialog.say(found.doubt)
    return chosen(dialog.choose(t("which family", "哪个协议族"), names, "--family"), None)[0]


def _draft(said: _Said, base: Candidate, heading: Heading, heard: Sequence[Heard], dialog: Dialog) -> Draft:
    begin = t(
        f"family {base.family.name}, beginning with {base.name}",
        f"协议族 {base.family.name}，以 {base.name} 为基础",
    )
    dialog.say(begin)
    line = heading.line or base.profile.line
    charset, settings, item_map = base.profile.charset, dict(base.profile.settings), {}
    not_available: Sequence[str] = ()
    if base.family.name in FAMILIES_OF_TEXT:
        data = b"".join(chunk.data for chunk in heard if not chunk.is_host)
        drafted = (
            printed_settings(data, base.profile, said.line, dialog)
            if base.family.name == "escpos"
            else line_settings(data, said.line, dialog)
        )
        charset, settings, item_map = drafted.charset, drafted.settings, drafted.items
        not_available = drafted.not_available
    elif base.family.name == "modbus_rtu":
        settings = _registers(base, heard, said.registers, dialog)
    else:
        charset = said.line.charset or charset
        item_map = _items(base, heard, said.maps, dialog)
    return Draft(
        name=said.name,
        base=base,
        maker=said.maker or dialog.ask(t("maker", "厂商"), "not stated"),
        model=said.model or dialog.ask(t("model", "型号"), said.name),
        charset=charset,
        line=line.model_dump(),
        settings=settings,
        items=item_map,
        identity=identity(base, settings, said.record, said.time, dialog),
        not_available=not_available,
    )


def _registers(base: Candidate, heard: Sequence[Heard], said: Sequence[str], dialog: Dialog) -> dict[str, Any]:
    raw = Candidate(base.family, base.family.profile())
    with_host = any(chunk.is_host for chunk in heard)
    seen = codes_seen(raw, heard, with_host=with_host)
    dialog.say(t("registers in the capture, as unsigned numbers:", "抓取到的寄存器（无符号数）："))
    for item in seen:
        dialog.say(f"  {item.line()}")
    rows = list(said)
    if not rows:
        for item in seen:
            text = dialog.ask(
                t(
                    f"{item.code}=ITEM[:TYPE[:SCALE[:UNIT[:ORDER]]]], - leaves it out",
                    f"{item.code}=项目[:类型[:系数[:单位[:字序]]]]，- 表示忽略",
                ),
                f"{item.code.replace('/', '_')}",
            )
            rows += [] if text == "-" else [f"{item.code}={text.removeprefix(item.code + '=')}"]
    slaves = slaves_seen(raw, heard, with_host=with_host)
    return {"slaves": slaves, "register": [_with_marks(register_row(row), seen, dialog) for row in rows]}


def _with_marks(row: dict[str, Any], seen: Sequence[Seen], dialog: Dialog) -> dict[str, Any]:
    """Add to a register what of its contents is taken as not available."""
    values = {entry.code: entry.values for entry in seen}
    size = 2 if row["type"].endswith("32") else 1
    cells = [values.get(f"fc{row['function']}/{row['address'] + place}", []) for place in range(size)]
    words = [
        b"".join(int(cell).to_bytes(2, "big") for cell in together)
        for together in zip(*cells, strict=False)
        if all(cell.isdecimal() and int(cell) < 1 << 16 for cell in together)
    ]
    marks = [mark.upper() for mark in of_registers(row["type"], words)]
    marks = [mark for mark in marks if dialog.agree(f"{row['item']}: {taken_as_no_value(f'0x{mark}')}")]
    return row | ({"not_available": marks} if marks else {})


def _items(base: Candidate, heard: Sequence[Heard], maps: Sequence[str], dialog: Dialog) -> dict[str, Any]:
    """Return the map of the base, and the codes of the capture that it does not have."""
    known = {code: item.model_dump(exclude_defaults=True) for code, item in base.profile.items.items()}
    ours = {item.code for item in base.profile.items.values()}
    seen = [
        code for code in codes_seen(base, heard, with_host=False) if code.code not in ours and code.code != "unknown"
    ]
    dialog.say(t("codes in the capture that the profile does not know:", "抓取文件中尚未收录的代码："))
    for code in seen:
        dialog.say(f"  {code.line()}")
    mapped = dict(map(mapping, maps))
    for code in seen:
        if code.code not in mapped:
            mapped[code.code] = dialog.ask(t(f"item of {code.code}", f"{code.code} 对应的项目"), code.code)
    return known | items(seen, mapped)


def _heading(source: Source) -> Heading:
    try:
        with open_capture(source.path) as capture:
            return capture.heading or Heading()
    except (OSError, CaptureFileError) as exc:
        raise CannotError(str(exc)) from exc


def _is_of_a_device(heading: Heading) -> bool:
    """Return True when the capture says that it came from a device's port. A pty, a link to one, this machine, and a
    file of raw bytes, which does not say where it came from, prove nothing of a real device."""
    port = heading.port
    if port.startswith(("/dev/pts/", "/dev/ptmx", "socket://127.", "socket://localhost", "socket://[::1]")):
        return False
    return port.startswith(("/dev/", "usb:", "hidraw:", "socket://"))


def _finish(result: Tried, path: Path, dialog: Dialog) -> None:
    dialog.say("")
    dialog.say(result.text)
    tally = result.tally
    dialog.say(
        t(
            f"with it the capture gives {tally.frames} frames, {tally.readings} readings, {tally.refused} rejected; "
            f"evidence: {result.candidate.profile.evidence}",
            f"用它解码得到 {tally.frames} 帧、{tally.readings} 条读数，拒收 {tally.refused} 帧；"
            f"依据：{result.candidate.profile.evidence}",
        )
    )
    for word in result.warnings():
        dialog.warn(word)
    if not dialog.agree(t(f"write {path}", f"写入 {path}")):
        raise typer.Exit(1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(result.text)
    except OSError as exc:
        raise CannotError(t(f"cannot write {path}: {exc.strerror}", f"无法写入 {path}：{exc.strerror}")) from exc
    family = result.candidate.family.name
    dialog.say(f"shian decode --adapter {family} --profile {path} ...")
