"""An agent's knowledge of each device's last result when it starts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge import status_file
from edge.device import last_results
from edge.device.last_results import LastResult, remembered
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from edge.status_file import AgentState, DeviceState, StatusFile
from tests.unit.edge.conftest import Turned, draft
from wire.events import source_of
from wire.kinds.device import DeviceV1
from wire.kinds.reading import ReadingV1
from wire.kinds.result import ResultV1

OLD = datetime(2026, 1, 2, tzinfo=UTC)
MEASURED = datetime(2026, 1, 9, 8, tzinfo=UTC)


def result(number: int, device: str = "reader") -> Draft:
    data = ResultV1(
        identity=f"{number:064x}",
        adapter="line",
        profile="line",
        item="x",
        measured_at=MEASURED,
        measured_at_text="20260109160000",
    )
    return Draft(data, source_of("m1", device))


def status(spool: Spool, *devices: DeviceState) -> AgentState:
    return AgentState(
        station="m1",
        version="0",
        pid=1,
        started_at=OLD,
        stream=str(spool.stream),
        is_connected=False,
        devices=devices,
    )


def state(name: str, at: datetime | None) -> DeviceState:
    return DeviceState(name=name, port="p", is_open=False, last_result_at=at, last_measured_text="old")


def test_the_newest_result_of_each_device_is_found_in_the_spool(spool: Spool, turned: Turned, tmp_path: Path) -> None:
    spool.record([result(1), draft(1), result(2, "scale")])
    turned.forward(hours=3)
    spool.record([result(3), Draft(DeviceV1(state="online"), source_of("m1", "reader"))])
    folder = tmp_path / "data"
    found = remembered(folder, "m1", ["reader", "d", "never"])
    assert found == {
        "reader": LastResult(turned.now, MEASURED, "20260109160000"),
        "d": LastResult(replace(turned).now.replace(hour=0)),
    }, "a continuous value counts; an event about the device does not"


def test_what_the_spool_has_wins_over_the_status_file(spool: Spool, turned: Turned, tmp_path: Path) -> None:
    spool.record([result(1)])
    StatusFile(tmp_path / "data").write(status(spool, state("reader", OLD), state("scale", OLD), state("none", None)))
    found = remembered(tmp_path / "data", "m1", ["reader", "scale", "none"])
    assert found == {
        "reader": LastResult(turned.now, MEASURED, "20260109160000"),
        "scale": LastResult(OLD, None, "old"),
    }
    assert remembered(tmp_path / "data", "m2", ["reader"]) == {}, "another station's folder"


def test_a_quiet_device_behind_many_newer_events_is_known_by_the_status_file(spool: Spool, tmp_path: Path) -> None:
    spool.record([result(1)])
    for first in range(0, last_results._NEWEST, 100):
        spool.record([draft(first + step) for step in range(100)])
    assert remembered(tmp_path / "data", "m1", ["reader"]) == {}
    StatusFile(tmp_path / "data").write(status(spool, state("reader", OLD)))
    assert remembered(tmp_path / "data", "m1", ["reader"]) == {"reader": LastResult(OLD, None, "old")}


def test_without_a_spool_or_with_a_damaged_body_nothing_is_known(tmp_path: Path, spool: Spool) -> None:
    assert remembered(tmp_path / "elsewhere", "m1", ["reader"]) == {}
    spool.record([result(1)])
    assert spool._connection is not None
    spool._connection.execute("UPDATE event SET body = CAST('shian.result.v1 {' AS BLOB)")
    assert remembered(tmp_path / "data", "m1", ["reader"]) == {}


def test_a_status_file_of_an_older_agent_is_read(tmp_path: Path, spool: Spool) -> None:
    StatusFile(tmp_path / "data").write(status(spool, state("reader", OLD)))
    path = tmp_path / "data" / status_file.FILE
    path.write_text(path.read_text().replace(',"last_measured_at":null,"last_measured_text":"old"', ""))
    assert remembered(tmp_path / "data", "m1", ["reader"]) == {"reader": LastResult(OLD)}


def test_readings_and_results_are_last_results() -> None:
    reading = ReadingV1(quantity="t", value=1.0, unit="C", measured_at=MEASURED)
    assert last_results.last_result(reading, OLD) == LastResult(OLD, MEASURED)
    assert last_results.last_result(DeviceV1(state="online"), OLD) is None


def test_an_event_of_a_clock_that_was_known_to_be_wrong_tells_the_better_time(
    tmp_path: Path, spool: Spool, turned: Turned
) -> None:
    spool.record([result(1)])
    assert spool._connection is not None
    spool._connection.execute(
        "UPDATE event SET body = CAST(json_set(CAST(body AS TEXT), '$.clockoffset', -3600.0) AS BLOB)"
    )
    found = remembered(tmp_path / "data", "m1", ["reader"])
    assert found["reader"].recorded_at == turned.now + timedelta(hours=1)
