"""The output of `config check` and its exit code, the same for every process: 0 good, 2 there are mistakes."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import typer

from process.checks.examining import Examined, examine
from process.checks.files import look_at_files
from process.checks.findings import Finding
from process.checks.options import EXIT_FAULTS
from process.checks.peers import Question, ask_all
from process.language import t
from process.settings import Settings, SettingsError
from process.terminal import complain, say, write_json

S = TypeVar("S", bound=Settings)

Look = Callable[[S], Iterable[Finding]]
Ask = Callable[[S], Iterable[Question]]


def check_settings(
    model: type[S],
    config: Path | None,
    prefix: str,
    look: Look[S],
    ask: Ask[S],
    *,
    offline: bool,
    deadline_s: float,
    as_json: bool,
) -> S:
    """Look at everything and tell every mistake. Return the settings where there is none; else typer.Exit(2)."""
    try:
        examined = examine(model, config, prefix)
    except SettingsError as exc:
        if as_json:
            write_json({"is_good": False, "findings": [{"key": "", "line": 0, "text": str(exc), "is_fault": True}]})
        complain(str(exc))
        raise typer.Exit(EXIT_FAULTS) from exc
    found = [*examined.findings, *_rest(examined, look, () if offline else ask, deadline_s)]
    unique = sorted(dict.fromkeys(found), key=lambda finding: examined.source.line(finding.key))
    _tell(examined, unique, as_json=as_json)
    if any(finding.is_fault for finding in unique) or examined.settings is None:
        raise typer.Exit(EXIT_FAULTS)
    return examined.settings


def _rest(examined: Examined[S], look: Look[S], ask: Ask[S] | tuple[()], deadline_s: float) -> Iterator[Finding]:
    settings = examined.settings
    if settings is None:
        yield Finding(
            (), t("the rest is looked at once this is mended", "其余内容将在以上问题修正后检查"), is_fault=False
        )
        return
    questions = list(ask(settings)) if callable(ask) else []
    for finding in (*look_at_files(settings), *look(settings), *ask_all(questions, deadline_s)):
        yield Finding(examined.key(finding.key), finding.text, is_fault=finding.is_fault)


def _tell(examined: Examined[S], findings: list[Finding], *, as_json: bool) -> None:
    source = examined.source
    count = sum(finding.is_fault for finding in findings)
    if as_json:
        rows = [
            {
                "key": ".".join(map(str, finding.key)),
                "line": source.line(finding.key),
                "text": finding.text,
                "is_fault": finding.is_fault,
            }
            for finding in findings
        ]
        write_json({"file": source.place, "is_good": count == 0, "findings": rows}, indent=2)
        return
    word = t("note", "提示")
    for finding in findings:
        line = source.say(finding.key, finding.text)
        say(line if finding.is_fault else f"{word}: {line}", err=True)
    if count:
        say(t(f"{count} mistakes", f"共 {count} 处错误"), err=True)
