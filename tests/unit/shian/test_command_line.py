"""The entry: its imports, and its messages when something is missing."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from shian import __main__ as entry
from shian.failures import CannotError
from shian.lazy import Lazy


def run(*arguments: str, language: str = "C.UTF-8") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "shian", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LANG": language},
        timeout=120,
    )


def test_the_version_is_printed() -> None:
    assert run("--version").stdout.startswith("shian ")


def test_the_help_names_every_command_in_both_languages() -> None:
    for language, word in (("C.UTF-8", "Walk every chain"), ("zh_CN.UTF-8", "核对数据库中的每条链")):
        text = run("--help", language=language).stdout
        assert word in text
        for name in entry._COMMANDS:
            assert name in text


def test_the_help_imports_no_process() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from shian.__main__ import build;"
        "CliRunner().invoke(build(), ['--help']);"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'fastapi', 'psycopg', 'paho', 'serial', 'edge'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for module in ("shian.station.cli", "shian.changing"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(CannotError, match=r"pip install 'shian\[ingest\]'"):
        entry._COMMANDS["station"].load()


def test_an_error_of_our_own_is_not_taken_for_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(entry._COMMANDS, "up", Lazy("shian.no_such_module:up", ""))
    with pytest.raises(ModuleNotFoundError):
        entry._COMMANDS["up"].load()


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(entry.build(), ["nothing"]).exit_code == 2


def test_a_command_that_cannot_work_says_so_in_one_line_and_exits_with_2() -> None:
    done = run("migrate", "--dsn-file", "/no/such/file")
    assert done.returncode == 2
    assert done.stderr.strip() == "/no/such/file: no such file"
