"""Camera events at the centre: rows, alerts that end by themselves, media that may come."""

import json
from uuid import UUID

from uuid_utils.compat import uuid7

from tests.support.desk import Desk
from wire.kinds.agent import AgentV1
from wire.kinds.camera import CameraV1

PICTURE, CLIP = "ab" * 32, "cd" * 32


def seen(key: UUID, phase: str, kind: str = "covered", *media: str) -> CameraV1:
    return CameraV1.model_validate(
        {"key": key, "phase": phase, "kind": kind, "zone": "sink", "evidence": {"edges": 0.1}, "media": media}
    )


def test_an_untrusted_camera_is_one_alert_that_ends_with_the_event(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, station.add(seen(key, "start", "covered", PICTURE)))
    assert desk.rows("SELECT rule, state, item, device FROM alert") == [
        ("camera_untrusted", "open", "covered", "tester-1")
    ]
    desk.take(station.topic, station.add(seen(key, "update")))
    assert desk.one("SELECT count(*) FROM alert") == 1
    desk.take(station.topic, station.add(seen(key, "end")))
    assert desk.one("SELECT state FROM alert") == "resolved"
    assert desk.rows("SELECT action FROM alert_step ORDER BY at, id") == [("opened",), ("joined",), ("resolved",)]
    assert desk.rows("SELECT phase, zone, evidence FROM camera_event ORDER BY recorded_at")[0] == (
        "start",
        "sink",
        '{"edges": 0.1}',
    )


def test_a_whole_episode_in_one_batch_leaves_a_resolved_alert(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, *[station.add(seen(key, phase)) for phase in ("start", "update", "end")])
    assert desk.rows("SELECT state FROM alert") == [("resolved",)]


def test_a_neighbour_with_the_same_key_neither_ends_nor_joins_nor_pre_empts_an_alert(desk: Desk) -> None:
    one, other, key = desk.station("market-1"), desk.station("market-2"), uuid7()
    desk.take(one.topic, one.add(seen(key, "start")))
    desk.take(other.topic, other.add(seen(key, "update")))
    desk.take(other.topic, other.add(seen(key, "end")))
    assert desk.rows("SELECT station, state FROM alert ORDER BY station") == [
        ("market-1", "open"),
        ("market-2", "resolved"),
    ]
    assert desk.one("SELECT count(*) FROM alert_step JOIN alert ON alert.id = alert WHERE station = 'market-1'") == 1


def test_what_was_only_seen_to_end_opens_nothing(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(seen(uuid7(), "end")))
    assert desk.rows("SELECT state FROM alert") == []


def test_motion_and_people_are_kept_and_alarm_nobody(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, *[station.add(seen(uuid7(), "start", kind)) for kind in ("motion", "person", "made_up")])
    desk.take(station.topic, station.add(seen(uuid7(), "start", "rodent")))
    assert desk.one("SELECT count(*) FROM camera_event") == 4
    assert desk.rows("SELECT rule, item FROM alert") == [("camera_finding", "rodent")]


def test_media_that_an_event_names_is_expected_once(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    first = station.add(seen(key, "start", "covered", PICTURE))
    desk.take(station.topic, first, station.add(seen(key, "update", "covered", PICTURE, CLIP)))
    desk.take(station.topic, first)
    rows = desk.rows("SELECT encode(hash, 'hex'), station, key, stored_at FROM media ORDER BY hash")
    assert rows == [(PICTURE, "market-1", key, None), (CLIP, "market-1", key, None)]


def test_the_same_picture_is_in_the_list_of_each_event_that_names_it(desk: Desk) -> None:
    station, one, other = desk.station("market-1"), uuid7(), uuid7()
    desk.take(station.topic, station.add(seen(one, "start", "covered", PICTURE)))
    desk.rows("UPDATE media SET stored_at = now(), type = 'image/jpeg', size = 1 RETURNING 1")
    desk.take(station.topic, station.add(seen(other, "start", "covered", PICTURE)))
    assert set(desk.rows("SELECT key, encode(hash, 'hex') FROM event_media")) == {(one, PICTURE), (other, PICTURE)}
    assert desk.one("SELECT count(*) FROM media") == 1
    items = [item for (text,) in desk.rows("SELECT items::text FROM feed") for item in json.loads(text)]
    assert [item["key"] for item in items if item["kind"] == "media"] == [str(other)]


def test_files_that_went_before_they_came_are_an_alert(desk: Desk) -> None:
    station = desk.station("market-1")
    lost = AgentV1(state="media_lost", lost=3, detail="3 pictures or clips were deleted")
    desk.take(station.topic, station.add(lost, device=False))
    assert desk.rows("SELECT rule, severity, facts ->> 'lost' FROM alert") == [("media_lost", "warning", "3")]
