"""Pictures and clips from a station to the centre: the real agent, broker, ingest and server."""

import hashlib
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg

from edge.agent import Agent
from edge.spool.rows import Draft
from shian.local.broker import LocalBroker
from storage.stations import Station, enrol
from tests.support.camera_station import camera_document
from tests.support.cutting import cutting_line
from tests.support.edge_station import running
from tests.support.footage import pictures
from tests.support.ingesting import ingesting
from tests.support.server import serving
from tests.support.videos import write_video
from tests.support.waiting import wait_for
from wire.events import source_of
from wire.kinds.camera import CameraV1

MIB = 1 << 20
STATION = "market-1"


def enrolled(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(STATION))


def stored(dsn: str) -> dict[str, tuple[str, int]]:
    """Return type and size of the media that the server took in, by hash."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT encode(hash, 'hex'), type, size FROM media WHERE stored_at IS NOT NULL")
        return {digest: (kind, size) for digest, kind, size in found.fetchall()}


def document(folder: Path, broker: LocalBroker, port: int, film: Path) -> dict[str, Any]:
    made = camera_document(folder, broker.port, {"kitchen": str(film)}, STATION)
    made["media"] = {"url": f"http://127.0.0.1:{port}", "retry_s": 0.05, "retry_longest_s": 0.2}
    return made


def photographed(agent: Agent, data: bytes) -> str:
    """Record a clip of `data` and the event that names it, and return its hash."""
    assert agent._evidence is not None
    key = uuid4()
    sha256 = agent._evidence.store.put(data, "video/mp4", key)
    event = CameraV1(key=key, phase="start", kind="motion", media=(sha256,))
    agent.spool.record([Draft(event, source_of(STATION, "kitchen"))])
    return sha256


def in_folder(folder: Path, digest: str) -> bytes | None:
    return next((path.read_bytes() for path in folder.rglob(f"*{digest}*") if path.suffix != ".part"), None)


def test_a_clip_reaches_the_folder_though_the_line_is_cut_twice(dsn: str, broker: LocalBroker, tmp_path: Path) -> None:
    enrolled(dsn)
    clip = b"\0\0\0\x20ftypisom" + Random(1).randbytes(3 * MIB)
    folder = tmp_path / "centre"
    with (
        ingesting(dsn, broker.port),
        serving(dsn, media={"folder": folder}) as server,
        cutting_line(int(server.address.rpartition(":")[2]), [700_000, 900_000]) as line,
        running(document(tmp_path, broker, line.port, tmp_path / "no-film.mp4")) as agent,
    ):
        sha256 = photographed(agent, clip)
        wait_for(lambda: sha256 in stored(dsn), timeout_s=60)
        assert line.broken == 2
        wait_for(lambda: agent.media is not None and agent.media.state().pending == 0)
    assert stored(dsn)[sha256] == ("video/mp4", len(clip))
    assert in_folder(folder, sha256) == clip


def test_a_cameras_own_clip_reaches_the_folder(dsn: str, broker: LocalBroker, tmp_path: Path) -> None:
    enrolled(dsn)
    film = write_video(tmp_path / "kitchen.mp4")
    folder = tmp_path / "centre"
    with ingesting(dsn, broker.port), serving(dsn, media={"folder": folder}) as server:
        made = document(tmp_path, broker, int(server.address.rpartition(":")[2]), film)
        with running(made) as agent:
            wait_for(lambda: agent.cameras[0].is_online, timeout_s=30)
            film.rename(tmp_path / "away.mp4")
            wait_for(lambda: stored(dsn), timeout_s=60)
            state = agent.media.state() if agent.media else None
            assert state is not None
            assert state.is_sent
    ((digest, (kind, size)),) = stored(dsn).items()
    data = in_folder(folder, digest)
    assert data is not None
    assert (kind, size, hashlib.sha256(data).hexdigest()) == ("video/mp4", len(data), digest)
    (tmp_path / "clip.mp4").write_bytes(data)
    shown = pictures(tmp_path / "clip.mp4")
    assert len(shown) > 5
    assert shown[0][1].shape == (180, 320, 3)
