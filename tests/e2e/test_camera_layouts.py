"""Zones and masks from the centre's API to a running camera, and back: server, broker, agent, ingest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from process import signing_key
from shian.local.broker import LocalBroker
from storage.stations import Station, enrol
from tests.support.camera_station import camera_document
from tests.support.edge_station import QUICK, running
from tests.support.ingesting import ingesting
from tests.support.server import Served, serving
from tests.support.videos import write_video
from tests.support.waiting import wait_for
from wire.chain import public_key

BOX = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]


def shown(server: Served) -> dict[str, Any]:
    items = server.get("/api/v1/camera-layouts", name="kitchen").json()["items"]
    return dict(items[0]) if items else {"state": "", "in_force": None}


def test_a_mask_drawn_at_the_centre_is_in_force_at_the_station_and_a_broken_one_is_refused(
    dsn: str, broker: LocalBroker, tmp_path: Path
) -> None:
    signing_key.make(tmp_path / "centre.key")
    film = write_video(tmp_path / "kitchen.mp4")
    document = camera_document(tmp_path, broker.port, {"kitchen": str(film)}, "m1")
    document["uplink"] = QUICK
    document["camera"][0]["stream"]["loop"] = True
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("m1"))
    settings: dict[str, Any] = {
        "delivery": {"is_enabled": False},
        "proof": {"key_file": tmp_path / "centre.key"},
        "broker": {"port": broker.port},
    }
    with serving(dsn, **settings) as server, ingesting(dsn, broker.port):
        document["down"] = {"url": server.address, "every_s": 3600}
        with running(document) as agent:
            with psycopg.connect(dsn) as connection:
                connection.execute(
                    "UPDATE station SET public_key = coalesce(public_key, %s)", [public_key(agent.spool.key)]
                )
            wait_for(lambda: shown(server)["in_force"] == 0, timeout_s=60, what="a camera that is told of")
            body = {"station": "m1", "camera": "kitchen", "layout": {"masks": [BOX]}, "based_on": 0}
            version = server.client.post("/api/v1/camera-layouts", json=body).json()["version"]
            _await(lambda: shown(server), state="in_force", in_force=version)
            assert agent.cameras[0].state().layout == version
            # What no server of ours sends, but a damaged row would: the limits come all the same.
            with psycopg.connect(dsn) as connection:
                connection.execute(
                    "INSERT INTO camera_layout (station, camera, version, layout, author)"
                    " VALUES ('m1', 'kitchen', %s, %s, 'x')",
                    [version + 1, Jsonb({"masks": [BOX[:2]]})],
                )
            wait_for(lambda: agent.layouts and agent.layouts.status()[0].refused, timeout_s=60, what="the refusal")
            assert agent.layouts
            told = agent.layouts.status()[0]
            assert (told.layout, told.refusal) == (version, "broken")
            assert agent.kept.now.document
            assert agent.kept.now.document.limits


def _await(look: Callable[[], dict[str, Any]], **wanted: Any) -> None:
    wait_for(lambda: {name: look()[name] for name in wanted} == wanted, timeout_s=60, what=str(wanted))
