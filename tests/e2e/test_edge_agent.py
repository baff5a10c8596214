"""The agent between a pty and a real broker."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from edge.commands import outbox as outbox_view
from edge.commands import status as status_view
from edge.spool import view as spool_view
from shian.local.broker import LocalBroker
from tests.support import services
from tests.support.centre import Centre
from tests.support.edge_station import cable, recorded, running, settings_document
from tests.support.line_family import ACK, NAK, line
from tests.support.waiting import wait_for
from wire.kinds.agent import AgentEvent
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.device import DeviceEvent


@pytest.fixture
def station() -> str:
    return f"m-{uuid4().hex[:8]}"


def test_results_are_answered_recorded_and_receipted(
    broker: LocalBroker, station: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.uplink.uplink._GOODBYE_S", 60.0)  # its last word is waited for
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        with running(settings_document(tmp_path, broker.port, station)) as agent:
            cord.write(line("1") + line("2", "66"))
            cord.expect(ACK * 2)
            assert recorded(tmp_path) >= 4
            wait_for(lambda: sorted(centre.records()) == ["1", "2"])
            wait_for(lambda: agent.spool.counts().waiting == 0)
            assert centre.status.state == "online"
        wait_for(lambda: centre.status.state == "offline")
        centre.assert_whole()
        events = centre.events()
        assert [event.data.state for event in events if isinstance(event, AgentEvent)] == ["started", "stopped"]
        assert isinstance(events[-1], CheckpointEvent)
        assert events[-1].data.sequence == len(events) - 1


def test_an_analyzer_that_repeats_its_whole_memory_makes_no_second_event(
    broker: LocalBroker, station: str, tmp_path: Path
) -> None:
    memory = b"".join(line(str(number)) for number in range(300))
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        document = settings_document(tmp_path, broker.port, station)
        for _ in range(2):  # a restart of the agent changes nothing
            with running(document):
                for _ in range(2):
                    cord.write(memory)
                    cord.expect(ACK * 300)
                wait_for(lambda: len(centre.results()) == 300)  # an agent that ends sends for three seconds more
        assert len(centre.results()) == len(set(centre.records())) == 300


def test_after_an_outage_failed_tests_go_first_and_then_the_backlog_in_order(station: str, tmp_path: Path) -> None:
    with services.broker() as broker, cable(tmp_path) as cord:
        broker.kill()
        document = settings_document(tmp_path, broker.port, station)
        # So long it waits for an answer to its status before it sends: the centre comes a little later than the broker.
        document["uplink"] = document["uplink"] | {"receipt_s": 8.0, "receipt_longest_s": 16.0}
        with running(document) as agent:
            cord.write(b"".join(line(str(number), "99" if number in (150, 250) else "1") for number in range(300)))
            cord.expect(ACK * 300)
            broker.start()
            with Centre(broker.port, station) as centre:
                wait_for(lambda: agent.spool.counts().waiting == 0, timeout_s=60)
                centre.assert_whole()
                results = {event.sequence: event.data.record for event in centre.results()}
                arrived = [results[number] for _, number in dict.fromkeys(centre.arrivals) if number in results]
    # The newest failed test first: the one of this minute does not wait for those of the outage.
    failed, backlog = arrived[:2], arrived[2:]
    assert failed == ["250", "150"]
    assert backlog == [str(number) for number in range(300) if number not in (150, 250)]


def test_garbage_is_a_dead_letter_and_shown(broker: LocalBroker, station: str, tmp_path: Path) -> None:
    with cable(tmp_path) as cord, running(settings_document(tmp_path, broker.port, station)):
        cord.write(b"garbage\n" + line("1").replace(b"12.5", b"99.5") + line("2"))
        cord.expect(NAK + ACK)
        letters = outbox_view.as_document(tmp_path / "data", 10)["dead_letters"]
        assert [letter["reason"] for letter in letters] == ["checksum", "noise"]
        assert bytes.fromhex(letters[1]["data_hex"]) == b"garbage\n"
        status = status_view.as_document(tmp_path / "data")
        assert status["is_running"]
        assert status["spool"]["dead_letters"] == {"checksum": 1, "noise": 1}
    assert not status_view.as_document(tmp_path / "data")["is_running"]


def test_what_the_centre_refuses_is_kept_with_the_reason_until_it_is_released(
    broker: LocalBroker, station: str, tmp_path: Path
) -> None:
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        centre.refuses = lambda _: "unknown_station"
        with running(settings_document(tmp_path, broker.port, station)) as agent:
            cord.write(line("1"))
            cord.expect(ACK)
            wait_for(lambda: agent.spool.counts().waiting == 0 and agent.spool.counts().refused)
            rows = spool_view.outbox(tmp_path / "data", 100)
            assert {row.refused for row in rows} == {"unknown_station"}
            centre.refuses = lambda _: ""
        with running(settings_document(tmp_path, broker.port, station)):
            assert spool_view.summary(tmp_path / "data").refused


def test_a_port_that_is_not_there_yet_is_opened_when_it_comes(
    broker: LocalBroker, station: str, tmp_path: Path
) -> None:
    document = settings_document(tmp_path, broker.port, station)
    document["device"][0]["port"] = str(tmp_path / "por*")
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        cord.unplug()
        with running(document, is_awaited=False) as agent:
            wait_for(lambda: agent.devices[0].trouble.endswith("no such port"))
            wait_for(lambda: device_states(centre) == ["offline"])
            cord.plug()
            wait_for(lambda: agent.devices[0].is_open)
            cord.write(line("1"))
            cord.expect(ACK)
            wait_for(lambda: centre.records() == ["1"])
            wait_for(lambda: device_states(centre) == ["offline", "online"])


@pytest.mark.parametrize("is_file_lost", [False, True])
def test_the_last_result_of_a_device_is_shown_and_survives_a_restart(
    broker: LocalBroker, station: str, tmp_path: Path, is_file_lost: bool
) -> None:
    document, folder = settings_document(tmp_path, broker.port, station), tmp_path / "data"

    def shown() -> tuple[str | None, str | None, str]:
        state = status_view.as_document(folder)["agent"]
        device = state["devices"][0] if state else {}
        return device.get("last_result_at"), device.get("last_measured_at"), device.get("last_measured_text", "")

    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        with running(document):
            wait_for(lambda: status_view.as_document(folder)["agent"], what="a status")
            assert shown() == (None, None, "")
            cord.write(line("1", at="20260109235959"))
            cord.expect(ACK)
            wait_for(lambda: shown()[0], what="the last result")
            before = shown()
            assert before[1:] == ("2026-01-09T15:59:59Z", "20260109235959")
        if is_file_lost:
            (folder / "status.json").unlink()
        with running(document):
            wait_for(lambda: status_view.as_document(folder)["is_running"] and shown() == before)
            wait_for(lambda: centre.status.devices and centre.status.devices[0].last_result_at)
            assert json.loads(centre.status.model_dump_json())["devices"][0]["last_result_at"] == before[0]


def device_states(centre: Centre) -> list[str]:
    return [event.data.state for event in centre.events() if isinstance(event, DeviceEvent)]
