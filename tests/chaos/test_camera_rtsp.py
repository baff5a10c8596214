"""Cameras behind a real RTSP server that is stalled, killed, started again, and asked with a wrong password."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.agent import Agent
from edge.camera.errors import StreamLostError, StreamUnavailableError
from edge.camera.stream import Source, open_stream
from shian.local.ports import free_port
from tests.support.camera_station import camera_document
from tests.support.edge_station import running
from tests.support.onvif_camera import onvif_camera
from tests.support.rtsp import RtspServer, pattern, rtsp_server
from tests.support.spool_reading import events_of
from tests.support.waiting import wait_for
from wire.kinds.camera import CameraEvent
from wire.kinds.device import DeviceEvent

pytestmark = pytest.mark.chaos


@contextmanager
def agent_with(folder: Path, cameras: dict[str, str]) -> Iterator[Agent]:
    with running(camera_document(folder, free_port(), cameras)) as agent:
        yield agent


def said(agent: Agent, name: str) -> list[str]:
    """Return the camera events in the spool, in order."""
    found: list[str] = []
    for event in events_of(agent.spool):
        if event.device != name:
            continue
        if isinstance(event, DeviceEvent):
            found.append(event.data.state)
        elif isinstance(event, CameraEvent):
            found.append(f"{event.data.kind} {event.data.phase}")
    return found


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_stream_is_read(codec: str) -> None:
    with rtsp_server({"a": pattern(codec=codec)}) as server:
        stream = open_stream(Source(server.url("a"), open_s=8.0))
        try:
            assert (stream.info.codec, stream.info.width, stream.info.height) == (codec, 320, 180)
            frames = 0
            for packet in stream.packets():
                frames += len(stream.decode(packet))
                if frames >= 5:
                    break
        finally:
            stream.close()


def test_a_stalled_camera_is_given_up_and_a_file_of_it_is_not_waited_for() -> None:
    with rtsp_server({"a": pattern()}) as server:
        stream = open_stream(Source(server.url("a"), open_s=8.0, read_s=6.0))
        packets = stream.packets()
        next(packets)
        server.stall()
        with pytest.raises(StreamLostError) as lost:
            for _ in packets:
                pass
        stream.close()
        assert lost.value.reason == "stalled"
        with pytest.raises(StreamUnavailableError) as away:
            open_stream(Source(server.url("a"), open_s=0.5))
        assert away.value.reason == "no_answer"


def test_a_wrong_password_is_named_and_never_shown(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("p@ss/w:rd\n")
    wrong.write_text("s3cret")
    with rtsp_server({"a": pattern()}, user="admin", password="p@ss/w:rd") as server:
        open_stream(Source(server.url("a"), "admin", right, open_s=8.0)).close()
        with pytest.raises(StreamUnavailableError) as refused:
            open_stream(Source(server.url("a"), "admin", wrong, open_s=8.0))
        with pytest.raises(StreamUnavailableError) as missing:
            open_stream(Source(server.url("b"), "admin", right, open_s=8.0))
    assert refused.value.reason == "wrong_password"
    assert "s3cret" not in str(refused.value) + repr(refused.value.__cause__)
    assert missing.value.reason == "not_found"
    assert "p%40ss" not in str(missing.value)


def test_a_camera_that_stalls_and_dies_twice_comes_back_and_says_so(tmp_path: Path) -> None:
    with rtsp_server({"a": pattern()}) as server, agent_with(tmp_path, {"kitchen": server.url("a")}) as agent:
        camera = agent.cameras[0]
        for _ in range(2):
            wait_for(lambda: camera.is_online, timeout_s=90)
            server.stall()
            wait_for(lambda: not camera.is_online, timeout_s=90)
            server.go_on()
            wait_for(lambda: camera.is_online, timeout_s=90)
            server.kill()
            wait_for(lambda: not camera.is_online, timeout_s=90)
            server.start()
        wait_for(lambda: said(agent, "kitchen").count("offline end") >= 1, timeout_s=60)
        found = [
            event.data
            for event in events_of(agent.spool)
            if isinstance(event, CameraEvent)
            and event.data.kind == "offline"  # a busy machine may make it `frozen` as well
        ]
        starts = [event.phase for event in found].count("start")
        assert 1 <= starts == len({event.key for event in found})
        assert agent.metrics.registry.get_sample_value(
            "shian_edge_camera_reconnects_total", {"camera": "kitchen", "reason": "stalled"}
        )


def test_one_bad_camera_starves_no_other(tmp_path: Path) -> None:
    with rtsp_server({"a": pattern()}) as good, rtsp_server({"a": pattern()}) as bad:
        cameras = {"good": good.url("a"), "bad": bad.url("a"), "nowhere": f"rtsp://127.0.0.1:{free_port()}/a"}
        with agent_with(tmp_path, cameras) as agent:
            first, second, third = agent.cameras
            wait_for(lambda: first.is_online and second.is_online, timeout_s=90)
            bad.stall()
            wait_for(lambda: not second.is_online, timeout_s=90)
            before = first.state().events, analysed(agent, "good")
            wait_for(lambda: analysed(agent, "good") > before[1] + 10, timeout_s=90)
            wait_for(lambda: first.is_online, timeout_s=90)
            wait_for(lambda: third.trouble == "connection_refused: Connection refused", timeout_s=90)
            wait_for(lambda: "offline" in said(agent, "nowhere"), timeout_s=90)


def analysed(agent: Agent, name: str) -> float:
    found = agent.metrics.registry.get_sample_value("shian_edge_camera_frames_analysed_total", {"camera": name})
    return found or 0.0


def test_a_server_that_stalls_is_an_event_with_start_and_end_under_one_key(tmp_path: Path) -> None:
    with rtsp_server({"a": pattern()}) as server, agent_with(tmp_path, {"kitchen": server.url("a")}) as agent:
        wait_for(lambda: agent.cameras[0].is_online, timeout_s=90)
        _interrupt(server)
        wait_for(lambda: "offline start" in said(agent, "kitchen"), timeout_s=90)
        server.start()
        wait_for(lambda: "offline end" in said(agent, "kitchen"), timeout_s=90)
        # On a busy machine the encoder repeats pictures as it comes back: that is `frozen`, an event of its own.
        events = [
            event for event in events_of(agent.spool) if isinstance(event, CameraEvent) and event.data.kind == "offline"
        ]
        assert len({event.data.key for event in events}) == 1
        assert "offline" in said(agent, "kitchen")
        wait_for(lambda: said(agent, "kitchen")[-1] == "online" or said(agent, "kitchen").count("online") > 1)


def _interrupt(server: RtspServer) -> None:
    server.kill()


def test_a_camera_that_says_itself_that_its_picture_is_dark_is_believed(tmp_path: Path) -> None:
    with rtsp_server({"a": pattern()}) as server, onvif_camera() as own:
        document = camera_document(tmp_path, free_port(), {"kitchen": server.url("a")})
        document["camera"][0]["onvif"] = {"host": "127.0.0.1", "port": own.port}
        with running(document) as agent:
            wait_for(lambda: agent.cameras[0].is_online, timeout_s=90)
            for _ in range(2):
                own.say("VideoSource/ImageTooDark/ImagingService", "true")
                wait_for(lambda: dark(agent)[-1:] == ["dark start"], timeout_s=60)
                own.say("VideoSource/ImageTooDark/ImagingService", "false")
                wait_for(lambda: dark(agent)[-1:] == ["dark end"], timeout_s=60)


def dark(agent: Agent) -> list[str]:
    """Return what was said of darkness. On a busy machine the encoder repeats pictures, and that is said as well."""
    return [text for text in said(agent, "kitchen") if text.startswith("dark ")]
