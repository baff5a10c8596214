"""An agent is handed to a test when it can be worked with, however slow the machine."""

import threading
from pathlib import Path

import pytest

from edge.spool.spool import Spool
from shian.local.ports import free_port
from tests.support.edge_station import running, settings_document


def test_an_agent_without_ports_is_handed_over_with_its_spool_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Spool.open

    def slow(spool: Spool) -> str:
        threading.Event().wait(0.3)
        return usual(spool)

    monkeypatch.setattr(Spool, "open", slow)
    document = settings_document(tmp_path, free_port())
    document["device"] = []
    with running(document) as agent:
        assert agent.spool.is_open
