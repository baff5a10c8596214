"""The life of an alert is declared once: SQL, words, documents and the page say the same."""

import re
from pathlib import Path

from wire.life import CHANGES, LEADS_TO, LIVE, MOVES, VERBS, table
from wire.terms import AlertAction, AlertState
from wire.words import ACTIONS, DEEDS, STATES

ROOT = Path(__file__).resolve().parents[3]
_LISTED = re.compile(r"state\s+IN\s+\(([^)]*'acknowledged'[^)]*)\)")


def test_every_statement_knows_the_states_of_an_alert_that_is_live() -> None:
    live = ", ".join(f"'{state}'" for state in LIVE)
    files = [*(ROOT / "storage" / "queries").glob("*.sql"), *(ROOT / "server").rglob("queries.sql")]
    found = [(path.name, listed) for path in files for listed in _LISTED.findall(path.read_text("utf-8"))]
    assert len(found) > 10
    assert [one for one in found if one[1] != live] == []


def test_the_index_of_live_keys_is_of_these_states() -> None:
    newest = [
        listed
        for path in sorted((ROOT / "storage" / "migrations").glob("*.sql"))
        for listed in re.findall(
            r"CREATE UNIQUE INDEX alert_live_key[^(]*\(key\) WHERE state IN \(([^)]*)\)", path.read_text("utf-8")
        )
    ][-1]
    assert newest == ", ".join(f"'{state}'" for state in LIVE)


def test_every_state_is_reached_and_every_step_has_its_words() -> None:
    assert set(MOVES) == set(AlertState) == set(LEADS_TO.values()) == set(STATES)
    assert set(ACTIONS) == set(AlertAction)
    assert {f"alert_{move.action}" for move in MOVES.values()} <= set(DEEDS)
    assert set(CHANGES) == {*LEADS_TO, AlertAction.UNDONE}
    assert list(VERBS) == ["acknowledge", "start", "resolve", "close", "reopen"]


def test_the_document_shows_the_moves() -> None:
    assert table() in (ROOT / "docs" / "alerts.md").read_text("utf-8")
