"""A camera from its file to the centre: agent -> broker -> ingest -> database."""

from pathlib import Path

import psycopg

from shian.local.broker import LocalBroker
from storage.stations import Station, enrol
from tests.support.camera_station import camera_document
from tests.support.edge_station import running
from tests.support.ingesting import ingesting
from tests.support.videos import write_video
from tests.support.waiting import wait_for
from wire.kinds.device import DeviceEvent


def rows(dsn: str) -> list[tuple[str, str, str, str]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT device, kind, phase, key::text FROM camera_event ORDER BY recorded_at, event"
        ).fetchall()


def test_a_camera_that_is_away_and_comes_back_is_one_event_in_the_database(
    dsn: str, broker: LocalBroker, tmp_path: Path
) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))
    film = tmp_path / "kitchen.mp4"
    document = camera_document(tmp_path, broker.port, {"kitchen": str(film)}, "market-1")
    document["camera"][0]["stream"] |= {"loop": True, "read_s": 20.0}
    with ingesting(dsn, broker.port), running(document) as agent:
        wait_for(lambda: len(rows(dsn)) == 1, timeout_s=30)
        write_video(tmp_path / "made.mp4").rename(film)
        wait_for(lambda: agent.cameras[0].is_online, timeout_s=30)
        wait_for(lambda: len(rows(dsn)) == 2, timeout_s=30)
        wait_for(lambda: device_states(dsn)[-1:] == ["online"], timeout_s=30)
    (first, second) = rows(dsn)
    assert first[:3] == ("kitchen", "offline", "start")
    assert second[:3] == ("kitchen", "offline", "end")
    assert first[3] == second[3]
    assert device_states(dsn) == ["offline", "online"]


def device_states(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT body FROM event WHERE type = 'shian.device.v1' ORDER BY sequence").fetchall()
    return [DeviceEvent.model_validate_json(bytes(body)).data.state for (body,) in found]


def test_a_camera_whose_model_is_not_there_works_without_its_rules_and_says_so(
    dsn: str, broker: LocalBroker, tmp_path: Path
) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))
    film = write_video(tmp_path / "kitchen.mp4")
    document = camera_document(tmp_path, broker.port, {"kitchen": str(film)}, "market-1")
    document["camera"][0]["stream"]["loop"] = True
    document["camera"][0]["detect"] = {"rule": [{"kind": "person"}]}
    with ingesting(dsn, broker.port), running(document) as agent:
        wait_for(lambda: set(device_states(dsn)) == {"fault", "online"}, timeout_s=30)
        assert agent.cameras[0].is_online
        assert "fastestdet" in agent.cameras[0].state().trouble
