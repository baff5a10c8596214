"""`shian edge ...` on text of analyzers and people that would fool a terminal's reader."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.media.building import make_store
from edge.media.settings import MediaSettings
from edge.spool.rows import DeadLetter, Draft
from edge.spool.spool import Spool
from edge.status_file import AgentState, CameraState, DeviceState, MediaState, StatusFile
from tests.support.hostile import HOSTILE, MARKUP, assert_is_harmless
from tests.unit.edge.conftest import Turned
from wire.events import source_of
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1


@pytest.fixture
def config(spool: Spool, turned: Turned, tmp_path: Path) -> str:
    data = tmp_path / "data"
    path = tmp_path / "edge.toml"
    path.write_text(f'station = "m1"\ndata = "{data}"\n[media]\nmin_free_mib = 1\n')
    result = ResultV1(
        adapter="astm",
        profile="generic",
        item="NIT",
        value_text=HOSTILE,
        sample=SampleV1(number=HOSTILE, commodity=HOSTILE),
        identity="cd" * 32,
    )
    draft = Draft(result, source_of("m1", "reader"), likeness="ab" * 32)
    (first,) = spool.record([draft], [DeadLetter("reader", HOSTILE, HOSTILE.encode(), 7, HOSTILE)])
    assert first is not None
    assert spool.record([replace(draft, again=first.number)]) == [None]
    device = DeviceState(name="reader", port=HOSTILE, is_open=True, trouble=HOSTILE, last_measured_text=HOSTILE)
    device = device.model_copy(update={"last_result_at": turned.now})
    state = AgentState(
        station="m1",
        version="0",
        pid=1,
        started_at=turned.now,
        stream=str(spool.stream),
        is_connected=True,
        devices=(device,),
        cameras=(CameraState(name="gate", url=HOSTILE, is_online=False, trouble=HOSTILE),),
        media=MediaState(trouble=HOSTILE),
    )
    StatusFile(data).write(state)
    return str(path)


def run_edge(config: str, *words: str) -> str:
    found = CliRunner().invoke(app, [*words, "-c", config], env={"COLUMNS": "400"})
    assert found.exception is None, found.exception
    assert_is_harmless(found.output)
    return found.output


@pytest.mark.parametrize("command", ["status", "outbox", "repeats"])
def test_a_station_shows_what_its_analyzers_wrote(config: str, command: str) -> None:
    assert MARKUP in run_edge(config, command)
    document = json.loads(run_edge(config, command, "--json"))
    assert HOSTILE in _texts(document)


def _texts(document: object) -> set[str]:
    """Return every text in a document: a program still reads what the analyzer wrote."""
    match document:
        case dict():
            return {text for value in document.values() for text in _texts(value)}
        case list():
            return {text for value in document for text in _texts(value)}
        case str():
            return {document}
        case _:
            return set()


def test_a_list_of_media_shows_no_reason_raw(config: str, turned: Turned, tmp_path: Path) -> None:
    store = make_store(MediaSettings(min_free_mib=1), tmp_path / "data", clock=lambda: turned.now)
    store.put(b"a picture", "image/jpeg", uuid4())
    run_edge(config, "media", "list")
    run_edge(config, "media", "list", "--json")
