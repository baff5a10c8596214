"""Every module that can be run by `python -m` says how it is used, and without arguments it runs or says so: never a
traceback. Nothing is run here: a tool ends where it has read its options."""

import argparse
import runpy
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bench", "docs", "supply", "shian", "edge", "server", "ingest", "storage", "wire", "process", "authority")
TESTS = ("tests/fuzz", "tests/simulate", "tests/browser")
MARK = 'if __name__ == "__main__":'
# Typer's own, held by tests/unit/shian/test_command_line.py.
COMMAND_LINE = "shian.__main__"
# What only some machines have.
NEEDS = {"shian.local.iotcore_process": "iotcore"}


def _tools() -> list[str]:
    files = [file for folder in (*FOLDERS, *TESTS) for file in (ROOT / folder).rglob("*.py")]
    names = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in files
        if "node_modules" not in file.parts and MARK in file.read_text("utf-8")
    }
    return sorted(names - {COMMAND_LINE})


def _ends(tool: str, arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """Start a tool; return its exit code, or `runs` where it takes the arguments."""
    parse = argparse.ArgumentParser.parse_args

    def parse_only(self: argparse.ArgumentParser, *given: Any, **named: Any) -> None:
        parse(self, *given, **named)
        raise SystemExit("runs")

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_only)
    monkeypatch.setattr(sys, "argv", [tool, *arguments])
    for name in (tool, f"{tool}.__main__"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(SystemExit) as end:
        runpy.run_module(tool.removesuffix(".__main__"), run_name="__main__", alter_sys=False)
    return end.value.code


def test_tools_are_found() -> None:
    assert {"bench.camera_confusion", "bench.bare_ingest", "docs.generate", "tests.fuzz.__main__"} <= set(_tools())


@pytest.mark.parametrize("tool", _tools())
def test_a_tool_says_how_it_is_used(
    tool: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if tool in NEEDS and find_spec(NEEDS[tool]) is None:
        pytest.skip(f"{NEEDS[tool]} is not on this machine")
    assert _ends(tool, ["--help"], monkeypatch) == 0
    assert "usage: " in capsys.readouterr().out
    code = _ends(tool, [], monkeypatch)
    assert code in ("runs", 2)
    assert code == "runs" or "usage: " in capsys.readouterr().err
