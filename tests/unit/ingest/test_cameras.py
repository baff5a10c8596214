"""Camera events at the centre: rows, alerts that end by themselves, media that may come."""

import asyncio
import json
from datetime import timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from ingest.database import Connection
from ingest.watch.sweep import sweep
from server.database import Database
from server.settings import DatabaseSettings
from server.watch.own_rules import OwnRulesWatch
from storage.thresholds import StationThresholds
from tests.support.desk import Desk
from tests.support.services import SERVER, as_role
from wire.kinds.agent import AgentV1
from wire.kinds.camera import CameraV1

PICTURE, CLIP = "ab" * 32, "cd" * 32


def seen(key: UUID, phase: str, kind: str = "covered", *media: str) -> CameraV1:
    return CameraV1.model_validate(
        {"key": key, "phase": phase, "kind": kind, "zone": "sink", "evidence": {"edges": 0.1}, "media": media}
    )


def look(desk: Desk, **threshold: object) -> None:
    """Look as ingest's sweep does."""
    thresholds = StationThresholds.model_validate({"camera_untrusted": {"after_s": 0, "ends_after_s": 0, **threshold}})
    sweep(cast("Connection", desk.connection), thresholds, desk.store.use)


def let_pass(desk: Desk, seconds: float) -> None:
    """Make the episodes of the watch so much older: the database's clock is not ours to turn."""
    desk.rows(
        "UPDATE watch SET since = since - make_interval(secs => %s), off_since = off_since - make_interval(secs => %s)"
        " RETURNING 1",
        *(seconds, seconds),
    )


def test_a_finding_is_one_alert_that_ends_with_the_event(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, station.add(seen(key, "start", "rodent", PICTURE)))
    assert desk.rows("SELECT rule, state, item, device FROM alert") == [
        ("camera_finding", "open", "rodent", "tester-1")
    ]
    desk.take(station.topic, station.add(seen(key, "update", "rodent")))
    assert desk.one("SELECT count(*) FROM alert") == 1
    desk.take(station.topic, station.add(seen(key, "end", "rodent")))
    assert desk.one("SELECT state FROM alert") == "resolved"
    assert desk.rows("SELECT action FROM alert_step ORDER BY at, id") == [("opened",), ("joined",), ("resolved",)]
    assert desk.rows("SELECT phase, zone, evidence FROM camera_event ORDER BY recorded_at")[0] == (
        "start",
        "sink",
        '{"edges": 0.1}',
    )


def test_a_whole_episode_in_one_batch_leaves_a_resolved_alert(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, *[station.add(seen(key, phase, "rodent")) for phase in ("start", "update", "end")])
    assert desk.rows("SELECT state FROM alert") == [("resolved",)]


def test_a_neighbour_with_the_same_key_neither_ends_nor_joins_nor_pre_empts_an_alert(desk: Desk) -> None:
    one, other, key = desk.station("market-1"), desk.station("market-2"), uuid7()
    for kind in ("covered", "rodent"):
        desk.take(one.topic, one.add(seen(key, "start", kind)))
        desk.take(other.topic, other.add(seen(key, "update", kind)))
    look(desk)
    for kind in ("covered", "rodent"):
        desk.take(other.topic, other.add(seen(key, "end", kind)))
    look(desk)
    assert desk.rows("SELECT station, state, item FROM alert ORDER BY station, item") == [
        ("market-1", "open", "covered"),
        ("market-1", "open", "rodent"),
        ("market-2", "resolved", "covered"),
        ("market-2", "resolved", "rodent"),
    ]
    steps = "SELECT count(*) FROM alert_step JOIN alert ON alert.id = alert WHERE station = 'market-1'"
    assert desk.one(steps) == 2


def test_an_untrusted_camera_is_an_alert_when_it_has_lasted(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    event = uuid7()
    desk.take(station.topic, station.add(seen(key, "start", "covered", PICTURE), event_id=event))
    look(desk, after_s=60)
    assert desk.rows("SELECT 1 FROM alert") == []
    let_pass(desk, 61)
    look(desk, after_s=60)
    assert desk.rows("SELECT rule, state, item, device, event, facts ->> 'key', facts ->> 'zone' FROM alert") == [
        ("camera_untrusted", "open", "covered", "tester-1", event, str(key), "sink")
    ]
    desk.take(station.topic, station.add(seen(key, "end")))
    look(desk, after_s=60, ends_after_s=60)
    assert desk.one("SELECT state FROM alert") == "open"
    let_pass(desk, 61)
    look(desk, after_s=60, ends_after_s=60)
    assert desk.one("SELECT state FROM alert") == "resolved"
    assert desk.rows("SELECT 1 FROM camera_trouble") == []


def test_an_update_makes_up_for_a_start_that_never_came_and_not_for_an_end_that_did(desk: Desk) -> None:
    station, first, second = desk.station("market-1"), uuid7(), uuid7()
    desk.take(station.topic, station.add(seen(first, "update")))
    desk.take(station.topic, station.add(seen(second, "end")))
    desk.take(station.topic, station.add(seen(second, "update")))
    assert desk.rows("SELECT key FROM camera_trouble") == [(first,)]


def test_a_camera_that_comes_and_goes_is_one_alert_that_says_unstable(dsn: str, desk: Desk) -> None:
    """Play 125 changes within an hour, with the watch of ingest and that of the server looking between them."""
    station = desk.station("market-1")
    now = desk.one("SELECT now()")
    for number in range(125):
        key = UUID(int=number // 2 + 1)
        when = now - timedelta(seconds=28.8 * (124 - number))
        desk.take(station.topic, station.add(seen(key, "end" if number % 2 else "start", "dark"), time=when))
        look(desk, after_s=60, ends_after_s=60)
        let_pass(desk, 28.8)
        if number % 8 == 0:
            look_over_time(dsn)
    look_over_time(dsn)
    assert desk.rows("SELECT rule, state, station, device, facts #>> '{title,zh}' FROM alert") == [
        ("unstable", "open", "market-1", "tester-1", "不稳定")
    ]
    # It is calm again: the alert ends, and whatever is still dark is told.
    desk.rows("UPDATE state_change SET at = at - interval '2 hours' RETURNING 1")
    look_over_time(dsn)
    desk.rows("UPDATE watch SET off_since = off_since - interval '20 minutes' RETURNING 1")
    look_over_time(dsn)
    look(desk, after_s=60, ends_after_s=60)
    let_pass(desk, 61)
    look(desk, after_s=60, ends_after_s=60)
    assert desk.rows("SELECT rule, state FROM alert ORDER BY opened_at") == [
        ("unstable", "resolved"),
        ("camera_untrusted", "open"),
    ]


def look_over_time(dsn: str) -> None:
    """Look as the server does."""

    async def once() -> None:
        db = Database(DatabaseSettings(dsn=as_role(dsn, SERVER), connections=2))
        await db.open()
        try:
            await OwnRulesWatch(db, ZoneInfo("Asia/Shanghai"), 1.0).look()
        finally:
            await db.close()

    asyncio.run(once())


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
    desk.rows("UPDATE media SET retired_at = now() RETURNING 1")
    desk.take(station.topic, station.add(seen(uuid7(), "start", "covered", PICTURE)))
    told = [item for (text,) in desk.rows("SELECT items::text FROM feed") for item in json.loads(text)]
    assert sum(item["kind"] == "media" for item in told) == 1, "it is not there any more"


def test_files_that_went_before_they_came_are_an_alert(desk: Desk) -> None:
    station = desk.station("market-1")
    lost = AgentV1(state="media_lost", lost=3, detail="3 pictures or clips were deleted")
    desk.take(station.topic, station.add(lost, device=False))
    assert desk.rows("SELECT rule, severity, facts ->> 'lost' FROM alert") == [("media_lost", "warning", "3")]
