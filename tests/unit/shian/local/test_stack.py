"""The decisions of `shian up` before it starts anything."""

from pathlib import Path
from typing import Any

import pytest

from process.console import Console
from shian.failures import CannotError
from shian.local import stack
from shian.local.children import Supervisor
from shian.local.screen import Places, Screen
from shian.local.stack import Choices, Stack, prepare


def a_stack(folder: Path, **choices: Any) -> Stack:
    layout = prepare(folder)
    screen = Screen(Console(), folder / "logs")
    return Stack(layout, Choices(**choices), Supervisor(layout.processes, screen), screen, lambda: False)


def test_the_bundled_broker_is_not_for_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "best_kind", lambda: "iotcore")
    with pytest.raises(CannotError, match="mosquitto"):
        a_stack(tmp_path, listen="127.0.0.1").start_ground()
    assert not (tmp_path / "ca").exists()


def test_a_broker_of_ones_own_is_reached_as_it_was_named(tmp_path: Path) -> None:
    given = a_stack(tmp_path, broker=("192.0.2.9", 1883))
    given.broker = ("192.0.2.9", 1883)
    assert given.broker_table("ingest") == {"host": "192.0.2.9", "port": 1883}
    assert given.has_rights
    assert given.fingerprint == ""


def test_the_address_of_the_page_follows_what_it_listens_on(tmp_path: Path) -> None:
    assert a_stack(tmp_path).address == "http://127.0.0.1:0"
    assert a_stack(tmp_path, listen="192.0.2.7").address == "https://192.0.2.7:0"
    assert a_stack(tmp_path, listen="2001:db8::7").address == "https://[2001:db8::7]:0"


def test_a_broker_without_rights_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(Console(), tmp_path)
    screen.ready("http://127.0.0.1:8000", Places(has_rights=False), keys="q")
    assert "iotcore" in capsys.readouterr().out
    screen.ready(
        "https://192.0.2.7:8000/#setup=x", Places("192.0.2.7:8883", "https://192.0.2.7:8000", "ab" * 32), keys="q"
    )
    said = capsys.readouterr().out
    for part in ("192.0.2.7:8883", "ab" * 32, "#setup=x", "https://192.0.2.7:8000"):
        assert part in said
    assert "iotcore" not in said
