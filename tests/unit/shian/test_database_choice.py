"""The database of a command: one rule for all of them, which guesses nothing."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shian import __main__ as entry
from shian.database_choice import Chosen, chosen
from shian.failures import CannotError

# `up` makes its database; `doctor` looks at the machine, and at a database only where one is named or runs.
NOT_BY_THE_RULE = {"up", "doctor"}
WANTED = {"station rename": ["--title", "x"], "area rename": ["--name", "x"], "retire": ["--kind", "reading"]}


VALUES = {"before": "2026-01-01", "alert": "01930000-0000-7000-8000-000000000001"}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("shian.local.folders.default_data", lambda environ, is_root: tmp_path)
    (tmp_path / "demo").mkdir()
    return tmp_path


@contextmanager
def running(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def commands(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every command below, with its words."""
    for word, command in getattr(group, "commands", {}).items():
        yield from commands(command, f"{name} {word}")
    if not hasattr(group, "commands"):
        yield name, group


def with_a_database() -> Iterator[tuple[str, Any]]:
    for word, lazy in entry._COMMANDS.items():
        for name, command in commands(lazy.load(), word):
            if word not in NOT_BY_THE_RULE and any(param.name == "dsn" for param in command.params):
                yield name, command


def arguments(name: str, command: Any, file: Path) -> list[str]:
    """Return values for all that the command insists on. `file`: one that is there."""
    found = list(WANTED.get(name, []))
    for param in command.params:
        if param.required and param.opts[0] not in found:
            value = VALUES.get(param.name, str(file) if param.name == "file" else "x")
            found += [value] if param.param_type_name == "argument" else [param.opts[0], value]
    return found


def test_every_command_with_a_database_asks_rather_than_take_the_demos(state: Path) -> None:
    (state / "demo" / "dsn").write_text("postgresql://127.0.0.1:1/demo")
    file = state / "nothing.toml"
    file.touch()
    asked = []
    for name, command in with_a_database():
        with pytest.raises(CannotError, match="which database"):
            command.main(arguments(name, command, file), standalone_mode=False)
        asked.append(name)
    assert {"verify", "migrate", "rebuild", "retire", "station add", "area add", "account add", "ca crl"} <= set(asked)
    assert len(asked) > 20


def test_the_own_one_is_taken_whatever_the_demo_does(state: Path) -> None:
    (state / "dsn").write_text("postgresql://real\n")
    (state / "demo" / "dsn").write_text("postgresql://demo\n")
    assert chosen() == Chosen("postgresql://real", state)
    with running(state), running(state / "demo"):
        assert chosen() == Chosen("postgresql://real", state)
    with running(state / "demo"), pytest.raises(CannotError, match=f"--data {state}/demo"):
        chosen()
    assert chosen(data=state / "demo") == Chosen("postgresql://demo", state / "demo")


def test_another_users_is_never_meant_by_saying_nothing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state / "dsn").write_text("postgresql://real\n")
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    with pytest.raises(CannotError, match="another user's"):
        chosen()
    assert chosen(data=state).dsn == "postgresql://real"


@pytest.mark.parametrize("given", [{"dsn": "x", "data": Path("y")}, {"dsn_file": Path("x"), "config": Path("y")}])
def test_one_is_named_and_not_two(given: dict[str, Any]) -> None:
    with pytest.raises(CannotError, match="one database"):
        chosen(**given)


def test_a_file_of_systemds_is_named_as_such(tmp_path: Path) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text('[database]\ndsn_file = "${CREDENTIALS_DIRECTORY}/database-dsn"\n')
    with pytest.raises(CannotError, match="--dsn-file"):
        chosen(config=config)
