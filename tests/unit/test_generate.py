"""`./dev check` sees a shipped profile that its family would not run."""

import sys
from dataclasses import replace

import pytest

from docs import generate
from firmware_adapters.registry import families


def test_a_shipped_profile_that_its_family_refuses_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    family = replace(families()["modbus_rtu"], quirks=frozenset())
    monkeypatch.setattr(generate, "families", lambda: {family.name: family})
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])
    assert generate.main() == 1
    assert "profiles/dph7.toml" in capsys.readouterr().err
