"""Text of others reaches no terminal raw, through lines, JSON, questions and rich's tables."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from process import terminal
from process.console import Console, stacked, styled
from tests.support.hostile import HOSTILE, MARKUP, assert_is_harmless

ROOT = Path(__file__).resolve().parents[3]


def test_a_line_shows_escapes_and_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say(HOSTILE + "\nfake line", "second")
    terminal.complain(HOSTILE + "\nsecond fault")
    said, complained = capsys.readouterr()
    assert_is_harmless(said + complained)
    assert said.splitlines() == ["\\x1b[2J\\x9b31m\\u202e\\u200b\\x07" + MARKUP + "\\nfake line", "second"]
    assert len(complained.splitlines()) == 2


@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_the_same_document_without_a_character_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str], indent: int | None
) -> None:
    document = {"name": HOSTILE + "\x7f\u2028\U000e0041 韭菜\u3000", "lone": "\ud800"}
    terminal.write_json(document, indent=indent)
    said = capsys.readouterr().out
    assert_is_harmless(said)
    assert json.loads(said) == document
    assert "韭菜" in said


def shown(thing: Table | Text | str, *, is_terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=200)
    if is_terminal:
        console._force_terminal = True
    console.print(thing)
    return file.getvalue()


def hostile_table() -> Table:
    table = Table(title=HOSTILE, caption=HOSTILE)
    table.add_column(HOSTILE)
    table.add_column()
    table.add_row(HOSTILE + "\nrow", styled(HOSTILE, "bold red"))
    table.add_row(Text(HOSTILE), stacked(HOSTILE, HOSTILE))
    return table


def test_rich_shows_text_of_others_as_it_was_written() -> None:
    for thing in (HOSTILE, Text(HOSTILE), hostile_table()):
        found = shown(thing)
        assert_is_harmless(found)
        assert MARKUP in found
    assert all(len(line) == len(shown(hostile_table()).splitlines()[1]) for line in shown(hostile_table()).splitlines())


def test_the_only_escapes_in_a_terminal_are_the_colours_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    found = shown(styled(HOSTILE, "red"))
    assert found.count("\x1b") == 2
    assert "\\x1b[2J" in found


def test_a_progress_bar_shows_no_name_raw() -> None:
    file = io.StringIO()
    with Progress(console=Console(file=file, width=200)) as progress:
        progress.add_task(HOSTILE, total=1)
    assert_is_harmless(file.getvalue())


def test_a_question_shows_no_proposal_raw() -> None:
    program = f"from process import terminal; terminal.ask({HOSTILE!r}, {HOSTILE!r}); terminal.confirm({HOSTILE!r})"
    done = subprocess.run([sys.executable, "-c", program], input=b"\ny\n", capture_output=True, check=True)
    assert_is_harmless((done.stdout + done.stderr).decode())


RAW = """
print(1)
typer.echo(1)
from typer import secho
typer.prompt(1)
typer.confirm(1)
click.echo(1)
from rich.console import Console
rich.console.Console()
from rich.markup import escape
Text.from_markup(1)
sys.stdout.write(1)
sys.stdout.buffer.write(1)
sys.stderr.write(1)
"""
IMPORTS = "import click, rich.console, sys, typer; from rich.text import Text"


@pytest.mark.parametrize(
    "folder", ["authority", "process", "edge", "shian", "server", "ingest", "storage", "firmware_adapters", "docs"]
)
def test_dev_check_refuses_every_other_way_to_a_terminal(folder: str) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    options = ("--select", "TID251,T201", "--output-format", "json", "--stdin-filename", f"{folder}/new.py", "-")
    done = subprocess.run(
        [ruff, "check", *options], input=IMPORTS + RAW, text=True, capture_output=True, cwd=ROOT, check=False
    )
    refused = {found["location"]["row"] for found in json.loads(done.stdout)}
    assert refused >= set(range(2, 2 + len(RAW.split("\n")) - 2))
