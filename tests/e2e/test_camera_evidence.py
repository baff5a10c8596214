"""The evidence of a camera event, from the lens to the centre: a drawn kitchen whose camera is covered for a while, the
real agent, broker, ingest, database and server."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psycopg

from shian.demo.scenes.film import write_film
from shian.demo.scenes.happenings import Happening, What
from shian.demo.scenes.scene import Plan
from shian.local.broker import LocalBroker
from storage.stations import Station, enrol
from tests.support import rtsp
from tests.support.camera_station import camera_document
from tests.support.edge_station import running
from tests.support.footage import pictures
from tests.support.ingesting import ingesting
from tests.support.server import Served, serving
from tests.support.waiting import wait_for
from wire.kinds.camera import CameraEvent

STATION = "market-1"
LENGTH_S, COVERED = 44.0, Happening(What.COVERED, 8.0, 18.0)
STEPS = (
    "SELECT action, alert_step.event FROM alert_step JOIN alert ON alert.id = alert WHERE key = %s"
    " ORDER BY at, alert_step.id"
)
# A busy machine may make the camera `frozen` as well.
COVERS = "SELECT key FROM camera_event WHERE kind = 'covered' ORDER BY recorded_at"
JPEG, MP4 = "image/jpeg", "video/mp4"


@contextmanager
def camera(film: Path) -> Iterator[str]:
    """Yield the camera's url: of an RTSP server where there is one, else the file."""
    if not rtsp.is_there():
        yield str(film)
        return
    with rtsp.rtsp_server({"kitchen": rtsp.endless(film)}) as server:
        yield server.url("kitchen")


def ask(dsn: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode(), values).fetchall()


def test_picture_and_clip_of_a_covered_camera_reach_the_centre_and_its_alert_ends_with_it(
    dsn: str, broker: LocalBroker, tmp_path: Path
) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(STATION))
    film, centre = tmp_path / "kitchen.mp4", tmp_path / "centre"
    write_film(Plan(seed=3, length_s=LENGTH_S, happenings=(COVERED,)), film, 320)
    at_once = {"camera_untrusted": {"after_s": 0, "ends_after_s": 0}}
    with (
        ingesting(dsn, broker.port, watch=at_once),
        serving(dsn, media={"folder": centre}) as server,
        camera(film) as url,
    ):
        document = camera_document(tmp_path, broker.port, {"kitchen": url}, STATION)
        document["camera"][0]["stream"] |= {"loop": True, "read_s": 20.0}
        document["media"] = {"url": server.address, "retry_s": 0.05, "retry_longest_s": 0.2}
        with running(document):
            (key,) = wait_for(lambda: ask(dsn, COVERS), timeout_s=60, what="a start")[0]
            wait_for(lambda: is_whole(server, key), timeout_s=90, what="the end, with picture and clip")
            over = "SELECT state FROM alert WHERE facts ->> 'key' = %s"
            wait_for(lambda: ask(dsn, over, str(key)) == [("resolved",)], what="the end of the alert")
        picture, clip = (content(server, dsn, key, kind) for kind in (JPEG, MP4))

    rows = ask(dsn, "SELECT event, device, kind, phase FROM camera_event WHERE key = %s ORDER BY recorded_at", key)
    assert [row[1:] for row in rows] == [("kitchen", "covered", phase) for phase in ("start", "update", "end")]
    named = [event.data.media for event in (said(dsn, row[0]) for row in rows)]
    assert named == [(digest(picture),), (digest(picture), digest(clip)), ()]
    steps = ask(dsn, STEPS, f"camera_untrusted/{STATION}/kitchen/{key}")
    assert steps == [("opened", rows[0][0]), ("resolved", None)]
    state = "SELECT state FROM alert WHERE key = %s"
    assert ask(dsn, state, f"camera_untrusted/{STATION}/kitchen/{key}") == [("resolved",)]
    kept = {path.name: path.read_bytes() for path in centre.rglob("*") if path.is_file()}
    assert {digest(picture): picture, digest(clip): clip}.items() <= kept.items()

    (tmp_path / "clip.mp4").write_bytes(clip)
    shown = [float(image.std()) for _, image in pictures(tmp_path / "clip.mp4")]
    covered = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert covered is not None
    assert shown[0] > 2 * float(covered.std())
    assert shown[-1] < shown[0] / 2


def is_whole(server: Served, key: object) -> bool:
    (row,) = server.get("/api/v1/camera-events", key=str(key)).json()["items"]
    stored = {file["type"] for file in row["media"] if file["is_stored"]}
    return row["last_phase"] == "end" and stored == {JPEG, MP4}


def content(server: Served, dsn: str, key: object, kind: str) -> bytes:
    """Return the bytes that the server shows to people, which must be the ones that the database names."""
    query = "SELECT encode(hash, 'hex'), size FROM media WHERE key = %s AND type = %s AND stored_at IS NOT NULL"
    ((sha256, size),) = ask(dsn, query, key, kind)
    shown = server.get(f"/api/v1/media/{sha256}").content
    assert (digest(shown), len(shown)) == (sha256, size)
    return shown


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def said(dsn: str, event: object) -> CameraEvent:
    """Return the event as it lies in the ledger."""
    ((body,),) = ask(dsn, "SELECT body FROM event WHERE id = %s", event)
    return CameraEvent.model_validate_json(bytes(body))
