"""`shian adapters scrub`: a capture without personal data, that decodes as it did.

Exit code 1: something could not be scrubbed, or decodes otherwise; the output is written, for somebody to look at.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from process.terminal import complain, say
from shian.adapters.candidates import candidates
from shian.adapters.capture_file import CaptureWriter, Chunk, Heading, open_capture
from shian.adapters.fillers import spellings
from shian.adapters.inspect_command import progress
from shian.adapters.inspection import inspect
from shian.adapters.own import ProfilesFolder, own_profiles
from shian.adapters.scrub import Scrubbed, left_over, scrub
from shian.adapters.sources import Kind, Source, open_source, opened
from shian.adapters.tally import Candidate, Heard
from shian.decode import chosen
from shian.failures import CannotError

_LARGEST = 64 * 1024 * 1024


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("the capture", "抓取文件"))],
    out: Annotated[Path, typer.Option("--out", "-o", help=t("the scrubbed file, a new one", "清除后的新文件"))],
    *,
    adapter: Annotated[
        str | None,
        typer.Option(help=t("protocol family; without it as inspect finds", "协议族；缺省时自动分析")),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help=t("profile name, or the path of a TOML file", "型号配置名，或 TOML 文件路径"))
    ] = None,
    word: Annotated[
        list[str] | None,
        typer.Option(help=t("a text to be removed wherever it stands; may be repeated", "要清除的文本，可重复给出")),
    ] = None,
    samples: Annotated[bool, typer.Option("--samples", help=t("sample numbers too", "同时清除样品编号"))] = False,
    profiles: ProfilesFolder = None,
) -> None:
    source = open_source(file)
    if source.size > _LARGEST:
        raise CannotError(t(f"{file} is larger than 64 MiB: cut it", f"{file} 超过 64 MiB，请先切分"))
    candidate = chosen(adapter, profile, own_profiles(profiles))[0] if adapter else _told(source, profiles)
    done = scrub(candidate, list(source.heard()), words=word or (), with_samples=samples)
    written = list(_written(source, done, candidate))
    if not done.failures:
        done.failures += left_over(done.words, [b"".join(written)], candidate.profile.charset)
    _save(out, written)
    _report(done, candidate, out)
    if done.failures:
        raise typer.Exit(1)


def _told(source: Source, profiles: Path | None) -> Candidate:
    with progress(source.size, t("inspecting", "分析中")) as advance:
        found = inspect(source, candidates(own_profiles(profiles)), advance)
    if found.best is None or found.doubt:
        raise CannotError(t(f"--adapter is needed: {found.doubt}", f"需要 --adapter：{found.doubt}"))
    return found.best.candidate


def _written(source: Source, done: Scrubbed, candidate: Candidate) -> Iterator[bytes]:
    """Write the output in the form of the input."""
    match source.kind:
        case Kind.RAW:
            yield from (chunk.data for chunk in done.heard)
        case Kind.DIALOGUE:
            yield from _dialogue(source, done.heard)
        case Kind.CAPTURE:
            collected = BytesIO()
            with open_capture(source.path) as capture:
                heading = capture.heading or Heading()
            writer = CaptureWriter(collected, _without_words(heading, done, candidate))
            for chunk in done.heard:
                writer.write(Chunk(chunk.at_s, "host" if chunk.is_host else "device", chunk.data))
            yield collected.getvalue()


def _dialogue(source: Source, heard: Sequence[Heard]) -> Iterator[bytes]:
    said = iter(heard)
    with opened(source.path) as stream:
        for line in stream:
            is_said = line.startswith((b">> ", b"<< "))
            yield line[:3] + next(said).data.hex(" ").upper().encode() + b"\n" if is_said else line


def _without_words(heading: Heading, done: Scrubbed, candidate: Candidate) -> Heading:
    """Scrub the note, which was written by somebody and may name people."""
    note = heading.note.encode()
    for word in sorted(done.words, key=len, reverse=True):
        for written, filler in spellings(word, candidate.profile.charset):
            note = note.replace(written, filler)
    return heading.model_copy(update={"note": note.decode("utf-8", "replace")})


def _save(out: Path, written: Sequence[bytes]) -> None:
    try:
        with out.open("xb") as stream:
            stream.writelines(written)
    except OSError as exc:
        raise CannotError(t(f"cannot write {out}: {exc.strerror}", f"无法写入 {out}：{exc.strerror}")) from exc


def _report(done: Scrubbed, candidate: Candidate, out: Path) -> None:
    removed = ", ".join(f"{what} {count}" for what, count in sorted(done.removed.items()) if count)
    say(
        t(
            f"{out}: as {candidate.name}, removed: {removed or 'nothing'}",
            f"{out}：按 {candidate.name} 清除：{removed or '无'}",
        )
    )
    for failure in done.failures:
        complain(t(f"not clean: {failure}", f"未清除干净：{failure}"))
