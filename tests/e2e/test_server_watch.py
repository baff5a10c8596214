"""/api/v1/watch: a real server, a real broker, a real live worker of a station; the audit in a real database."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import InvalidStatus

from shian.local.broker import LocalBroker
from tests.support.live_station import DrawnCamera, live_station, rolling
from tests.support.server import Served, add_station, serving
from tests.support.video import decoded, stream
from tests.support.waiting import wait_for
from tests.support.watching import watching

Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
        for name, adapter in (("kitchen", "camera"), ("cellar", "camera"), ("tester", "pesticide")):
            connection.execute(
                "INSERT INTO device (station, name, adapter, state) VALUES ('m1', %s, %s, 'online')", [name, adapter]
            )
        yield connection


def views(database: Connection, action: str) -> list[tuple[str, str, str, bool]]:
    query = (
        "SELECT actor, subject, facts::jsonb->>'mode', facts::jsonb ? 'ended_at' FROM deed"
        " WHERE action = %s ORDER BY event"
    )
    return database.execute(query, [action]).fetchall()


@pytest.fixture
def server(dsn: str, database: Connection, broker: LocalBroker) -> Iterator[Served]:
    with serving(dsn, broker={"port": broker.port}, live_video={"for_s": 15.0, "viewers": 3}) as site:
        yield site


def test_previews_and_video_come_while_somebody_watches_and_the_views_are_in_the_audit(
    server: Served, database: Connection, broker: LocalBroker
) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera) as station, rolling(camera):
        with watching(server) as watcher:
            watcher.want("preview", "video")
            wait_for(
                lambda: len(watcher.parts("preview")) >= 3 and len(watcher.parts("fragment")) >= 12, what="pictures"
            )
            assert len(decoded(watcher.mp4())) >= 50
            heads = [head for head, _ in watcher.pictures]
            assert {(head["station"], head["camera"]) for head in heads} == {("m1", "kitchen")}
            assert {head["codec"][:5] for head in heads if head["part"] != "preview"} == {"avc1."}
            assert all(body.startswith(b"\xff\xd8") for body in watcher.parts("preview"))
            watcher.want("preview")
            wait_for(lambda: not camera.taps, what="the end of the video")
            ended = [("local", "m1/kitchen", "video", True)]
            wait_for(lambda: views(database, "live_view_ended") == ended, what="its end in the audit")
        wait_for(lambda: station.count("viewed") == 0, what="the end")
        sent = station.count("sent_total")
        assert wait_for(lambda: len(views(database, "live_view_ended")) == 2)
        assert sorted(view[2] for view in views(database, "live_view_began")) == ["preview", "video"]
        assert station.count("sent_total") == sent


def test_nobody_watches_and_nothing_is_sent(server: Served, broker: LocalBroker) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera) as station, rolling(camera):
        wait_for(lambda: ((camera.newest and camera.newest.at_s) or 0) > 1, what="a second of pictures")
        assert station.count("sent_total") == station.count("commands_total") == 0
        with watching(server) as watcher:
            watcher.want()
            wait_for(lambda: watcher.words == [{"watching": []}], what="the answer")
        assert station.count("sent_total") == station.count("commands_total") == 0


def test_two_viewers_share_one_stream_and_the_second_begins_at_once(server: Served, broker: LocalBroker) -> None:
    camera = DrawnCamera(video=stream(seconds=4, group=100))
    with live_station(broker.port, camera) as station, rolling(camera), watching(server) as one:
        one.want("video")
        wait_for(lambda: len(one.parts("fragment")) >= 3, what="the first viewer's video")
        with watching(server) as two:
            two.want("video")
            wait_for(lambda: len(two.parts("fragment")) >= 5, what="the second viewer's video")
            assert two.parts("fragment")[0] == one.parts("fragment")[0]
            assert station.count("viewed", mode="video") == 1
            assert len(camera.taps) == 1
            assert len(decoded(two.mp4())) >= 25
        seen = len(one.parts("fragment"))
        wait_for(lambda: len(one.parts("fragment")) > seen + 3, what="the first viewer's video going on")


def test_a_server_that_is_gone_ends_the_sending_by_the_time_box(
    dsn: str, database: Connection, broker: LocalBroker
) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera) as station, rolling(camera):
        with (
            serving(dsn, broker={"port": broker.port}, live_video={"for_s": 1.0}) as server,
            watching(server) as watcher,
        ):
            watcher.want("video")
            wait_for(lambda: watcher.parts("fragment"), what="video")
            taken = station.count("commands_total", outcome="taken")
            wait_for(lambda: station.count("commands_total", outcome="taken") >= taken + 3, what="renewals")
            wait_for(lambda: camera.taps, what="the video going on")
        wait_for(lambda: not camera.taps, what="the end")


def test_the_broker_goes_and_comes_back_and_so_do_the_pictures(server: Served, broker: LocalBroker) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera) as station, rolling(camera), watching(server) as watcher:
        watcher.want("video")
        wait_for(lambda: watcher.parts("fragment"), what="video")
        broker.kill()
        wait_for(lambda: not station.worker.is_connected, what="the loss")
        broker.start()
        seen = len(watcher.parts("fragment"))
        wait_for(lambda: len(watcher.parts("fragment")) > seen + 2, timeout_s=90, what="video again")


def test_what_a_station_refuses_is_told(server: Served, broker: LocalBroker) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera, modes=frozenset(("preview",))), watching(server) as watcher:
        watcher.want("video")
        key = {"station": "m1", "camera": "kitchen", "mode": "video"}
        wait_for(lambda: {"refused": key, "reason": "privacy"} in watcher.words, what="the refusal")


@pytest.mark.parametrize(("station", "camera"), [("m1", "no-such"), ("m2", "kitchen"), ("m1", "tester")])
def test_a_camera_that_is_not_there_is_refused(server: Served, database: Connection, station: str, camera: str) -> None:
    with watching(server) as watcher:
        watcher.want("preview", station=station, camera=camera)
        wait_for(lambda: len(watcher.words) == 2, what="the answer")
        key = {"station": station, "camera": camera, "mode": "preview"}
        assert watcher.words == [{"refused": key, "reason": "unknown_camera"}, {"watching": []}]
    assert views(database, "live_view_began") == []


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        '{"watch": [{"station": "m1", "camera": "a/b"}]}',
        '{"watch": [{"station": "m1", "camera": "c", "fps": 50}]}',
        '{"watch": [], "more": 1}',
        json.dumps({"watch": [{"station": "m1", "camera": f"c{at}"} for at in range(17)]}),
        b"\x00\x01",
    ],
)
def test_what_is_not_understood_closes_the_socket(server: Served, message: str | bytes) -> None:
    with watching(server) as watcher:
        watcher.socket.send(message)
        wait_for(lambda: watcher.closed, what="the close")
        assert watcher.closed == (1003, "not_understood")


def test_there_are_so_many_viewers_and_no_more(server: Served) -> None:
    with watching(server) as one, watching(server) as two, watching(server) as three:
        for other in (one, two, three):
            other.want()
        wait_for(lambda: one.words and two.words and three.words, what="the answers")
        with watching(server) as four:
            wait_for(lambda: four.closed, what="the close")
            assert four.closed == (1013, "too_many_viewers")


def test_without_a_broker_the_live_view_is_off(dsn: str, database: Connection) -> None:
    with serving(dsn) as server, watching(server) as watcher:
        wait_for(lambda: watcher.closed, what="the close")
        assert (watcher.words, watcher.closed) == ([{"off": "no_broker"}], (4001, "no_broker"))


def test_the_token_is_asked_for(dsn: str, database: Connection, tmp_path: Path, broker: LocalBroker) -> None:
    token = tmp_path / "token"
    token.write_text("a token of the test")
    with serving(dsn, token_file=token, broker={"port": broker.port}) as server:
        with pytest.raises(InvalidStatus), watching(server):
            pass
        with watching(server, additional_headers={"Authorization": "Bearer a token of the test"}) as watcher:
            watcher.want("preview")
            wait_for(lambda: watcher.words, what="the answer")
        wait_for(lambda: [view[0] for view in views(database, "live_view_ended")] == ["token"], what="the audit")


def test_pictures_that_are_none_are_counted_and_cost_nothing(server: Served, broker: LocalBroker) -> None:
    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    camera = DrawnCamera()
    with live_station(broker.port, camera), rolling(camera), watching(server) as watcher:
        watcher.want("preview")
        wait_for(lambda: watcher.parts("preview"), what="a preview")
        other = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        other.connect("127.0.0.1", broker.port)
        other.loop_start()
        other.publish("shian/1/m1/live/kitchen", b"\xff" * 1000, qos=1).wait_for_publish(10)
        other.disconnect()
        other.loop_stop()
        seen = len(watcher.parts("preview"))
        wait_for(lambda: len(watcher.parts("preview")) > seen + 1, what="more previews")
        assert 'shian_server_watch_lost_total{reason="not_a_picture"}' in server.get("/metrics").text


def test_a_view_that_a_killed_server_left_open_gets_its_end(
    dsn: str, database: Connection, broker: LocalBroker, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(
        f'port = 0\n[database]\ndsn = "{dsn}"\n[broker]\nport = {broker.port}\n[live_video]\nfor_s = 0.5\n'
        "[watch.ingest_silent]\nis_on = false\n[accounts]\nis_on = false\n"
    )
    said = tmp_path / "said"
    with said.open("w") as out:
        command = [sys.executable, "-m", "shian", "server", "run", "--config", str(config)]
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        addresses = wait_for(lambda: re.findall(r"http://127\.0\.0\.1:\d+", said.read_text()), what="the server")
        with httpx.Client(base_url=addresses[0]) as client, watching(Served(addresses[0], client)) as watcher:
            watcher.want("preview", "video")
            wait_for(lambda: len(views(database, "live_view_began")) == 2, what="the views")
            process.kill()
            process.wait()
    finally:
        process.kill()
        process.wait()
    assert views(database, "live_view_ended") == []
    settings: dict[str, Any] = {"broker": {"port": broker.port}, "live_video": {"for_s": 2.0}}
    with serving(dsn, **settings) as one, serving(dsn, **settings), watching(one) as watcher:
        watcher.want("preview")
        wait_for(lambda: len(views(database, "live_view_began")) == 3, what="a view that goes on")
        wait_for(lambda: len(views(database, "live_view_ended")) == 2, what="the ends")
        began = database.execute("SELECT count(*) FROM open_view").fetchone()
        assert began == (1,), "a view that goes on is left alone by both"
    assert sorted(view[2] for view in views(database, "live_view_ended")) == ["preview", "preview", "video"]
    assert database.execute("SELECT count(*) FROM open_view").fetchone() == (0,)
