"""The alerts that the centre raises by itself about stations and devices: through a real agent, broker, ingest and
database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from firmware_adapters.contract import Specimen
from firmware_adapters.registry import family
from shian.local.broker import Kind, LocalBroker, best_kind
from storage.stations import Station, enrol
from tests.support import services
from tests.support.edge_station import cable, running, settings_document
from tests.support.ingesting import ingesting
from tests.support.line_family import ACK, line
from tests.support.listener import Listener, listener
from tests.support.ptys import Cable
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from wire.status import DeviceStatus, Status, encode
from wire.terms import Verdict

STATION = "market-1"
# What lasts for minutes lasts for tenths of seconds here.
AT_ONCE = {"after_s": 0, "ends_after_s": 0}


@dataclass(frozen=True, slots=True)
class Centre:
    dsn: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode()).fetchall()

    def alerts(self) -> list[tuple[str, str, str]]:
        """Return rule, device and state of each alert, in the order of their opening."""
        found = self.rows("SELECT rule, device, state FROM alert ORDER BY opened_at, key")
        return [(rule, device, state) for rule, device, state in found]

    def wait_for_alerts(self, *wanted: tuple[str, str, str]) -> None:
        wait_for(lambda: self.alerts() == list(wanted), timeout_s=30, what=f"{wanted}, not {self.alerts()}")


@pytest.fixture
def centre(dsn: str) -> Centre:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(STATION))
    return Centre(dsn)


def say(listening: Listener, **status: Any) -> None:
    """Publish a status as the station would."""
    values = {"state": "online", "at": datetime.now(UTC)} | status
    listening.publish(f"shian/1/{STATION}/status", encode(Status(**values)), retain=True)


def written(adapter: str, profile: str, count: int) -> list[bytes]:
    """Return the bytes that such an analyzer sends for each of `count` tests, a quarter of them failed."""
    chosen = family(adapter)
    simulator = chosen.simulator(chosen.profile(profile), Random(4))
    at, now = datetime(2026, 3, 2, 9, 0), 0.0  # noqa: DTZ001 - as a device writes it
    sent = [b""] * count
    for number in range(count):
        value, verdict = (60.0, Verdict.FAIL) if number % 4 == 0 else (5.0, Verdict.PASS)
        measured_at = at + timedelta(minutes=number)
        simulator.measure(Specimen(str(number), "韭菜", "nitrite", value, measured_at, verdict))
        until = now + 60.0
        while simulator.deadline is not None and simulator.deadline <= until:
            now = max(now, simulator.deadline)
            sent[number] += simulator.tick(now)
        now = until
    return sent


def test_two_analyzers_that_are_swapped_are_told_within_a_status_period(
    centre: Centre, broker: LocalBroker, tmp_path: Path
) -> None:
    devices = [
        {"name": "scale", "port": str(tmp_path / "a"), "adapter": "line", "profile": "generic"},
        {"name": "strips", "port": str(tmp_path / "b"), "adapter": "dy5800", "profile": "dy-5800"},
    ]
    document = settings_document(tmp_path, broker.port, STATION, device=devices)
    document["uplink"] = document["uplink"] | {"status_s": 3600.0}  # the status that tells it is none of the regular
    one, other = Cable(tmp_path / "a"), Cable(tmp_path / "b")
    try:
        with ingesting(centre.dsn, broker.port), running(document, families=family) as agent:
            strips = agent.devices[1].intake
            pairs = zip(written("dy5800", "dy-5800", 5), written("line", "generic", 5), strict=True)
            for number, (strip, weight) in enumerate(pairs, 1):
                one.write(strip)
                other.write(weight)
                wait_for(lambda number=number: strips.dead_letters == number)  # type: ignore[misc]
            wait_for(lambda: {device for _, device, _ in centre.alerts()} == {"scale", "strips"}, timeout_s=30)
            assert {(rule, state) for rule, _, state in centre.alerts()} == {("dead_letters", "open")}
            assert centre.rows("SELECT count(*) FROM result") == [(0,)], "not a single result came through"
            assert centre.rows("SELECT DISTINCT severity FROM alert") == [("critical",)]
    finally:
        one.unplug()
        other.unplug()


def test_a_full_disk_at_a_station_is_told_and_taken_back_twice(
    centre: Centre, broker: LocalBroker, tmp_path: Path
) -> None:
    document = settings_document(tmp_path, broker.port, STATION)
    full = ("station_full", "", "open")
    with (
        ingesting(centre.dsn, broker.port, watch={"station_full": AT_ONCE}),
        cable(tmp_path) as cord,
        running(document) as agent,
    ):
        for number in (1, 2):
            before = [("station_full", "", "resolved")] * (number - 1)
            agent.spool._free_bytes = lambda: 0
            cord.write(line(str(number)))
            centre.wait_for_alerts(*before, full)
            agent.spool._free_bytes = lambda: 1 << 40
            centre.wait_for_alerts(*before, ("station_full", "", "resolved"))
    assert centre.rows("SELECT severity FROM alert") == [("critical",)] * 2


def test_a_device_that_is_silent_within_its_hours_is_missed_and_one_outside_of_them_is_not(
    centre: Centre, broker: LocalBroker, tmp_path: Path
) -> None:
    local = datetime.now(ZoneInfo("Asia/Shanghai"))
    now_open, later = (
        f"{local + timedelta(hours=first):%H:00}-{local + timedelta(hours=last):%H:00}"
        for first, last in ((-2, 3), (5, 9))
    )
    devices = [
        {"name": name, "port": str(tmp_path / name), "adapter": "line", "hours": [hours], "silent_s": 1.0}
        for name, hours in (("port", now_open), ("other", later))
    ]
    document = settings_document(tmp_path, broker.port, STATION, device=devices)
    other = Cable(tmp_path / "other")
    try:
        with ingesting(centre.dsn, broker.port), cable(tmp_path) as cord, running(document) as agent:
            wait_for(lambda: all(device.is_open for device in agent.devices))
            centre.wait_for_alerts(("device_silent", "port", "open"))
            agent.devices[0]._silence._patience_s = 3600.0  # it speaks, and need not do so every second
            cord.write(line("1"))
            cord.expect(ACK)
            centre.wait_for_alerts(("device_silent", "port", "resolved"))
    finally:
        other.unplug()


def test_the_end_of_the_hours_does_not_end_the_alert_of_a_silent_device(centre: Centre, broker: LocalBroker) -> None:
    def device(**state: Any) -> tuple[DeviceStatus, ...]:
        return (DeviceStatus(name="tester", is_open=True, **state),)

    with ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        say(listening, devices=device(is_due=True))
        centre.wait_for_alerts(("device_silent", "tester", "open"))
        say(listening, devices=device(is_expected=False), waiting=3)
        wait_for(lambda: centre.rows("SELECT waiting FROM station") == [(3,)])
        _let_it_look(centre, listening)
        assert centre.alerts() == [("device_silent", "tester", "open")]
        say(listening, devices=device())
        centre.wait_for_alerts(("device_silent", "tester", "resolved"))


def test_a_station_that_reports_waiting_events_for_minutes(centre: Centre, broker: LocalBroker) -> None:
    with ingesting(centre.dsn, broker.port, watch={"station_waiting": AT_ONCE}), listener(broker.port) as listening:
        say(listening, waiting=40, oldest_waiting_s=100)
        _let_it_look(centre, listening)
        assert centre.alerts() == []
        say(listening, waiting=40, oldest_waiting_s=130)
        centre.wait_for_alerts(("station_waiting", "", "open"))
        say(listening, waiting=0)
        centre.wait_for_alerts(("station_waiting", "", "resolved"))


def test_refused_events_repeats_and_a_link_that_is_down(centre: Centre, broker: LocalBroker) -> None:
    rules = dict.fromkeys(("events_refused", "repeats", "device_offline"), AT_ONCE)
    bad = DeviceStatus(name="tester", is_open=False, repeats=300)
    with ingesting(centre.dsn, broker.port, watch=rules), listener(broker.port) as listening:
        say(listening, refused=2, devices=(bad,))
        wanted = [("device_offline", "tester"), ("events_refused", ""), ("repeats", "tester")]
        centre.wait_for_alerts(*((rule, device, "open") for rule, device in wanted))
        say(listening, devices=(DeviceStatus(name="tester", is_open=True),))
        centre.wait_for_alerts(*((rule, device, "resolved") for rule, device in wanted))


def test_a_station_that_is_gone_is_told_and_taken_back_twice(centre: Centre, broker: LocalBroker) -> None:
    watch = {"station_offline": AT_ONCE | {"stale_s": 0.5}}
    with ingesting(centre.dsn, broker.port, watch=watch), listener(broker.port) as listening:
        say(listening)
        for _ in (1, 2):
            wait_for(lambda: centre.alerts()[-1:] == [("station_offline", "", "open")], what="the alert")
            wait_for(lambda: _is_back(centre, listening), what="its end")
        # A machine that is held up for half a second between two statuses makes one more.
        alerts = centre.alerts()
        assert {rule for rule, _, _ in alerts} == {"station_offline"}
        assert [state for _, _, state in alerts].count("resolved") >= 2


def _is_back(centre: Centre, listening: Listener) -> bool:
    say(listening)
    return all(state == "resolved" for _, _, state in centre.alerts())


@pytest.fixture(params=["mosquitto", "iotcore"])
def either_broker(request: pytest.FixtureRequest) -> Iterator[LocalBroker]:
    kind: Kind = request.param
    if kind == "mosquitto" and best_kind() != kind:
        pytest.skip("no mosquitto on the PATH")
    with services.broker(kind) as broker:
        yield broker


def test_a_status_that_the_broker_kept_refreshes_nothing(centre: Centre, either_broker: LocalBroker) -> None:
    known = "SELECT state, received_at FROM station_status"
    with listener(either_broker.port) as listening:
        with ingesting(centre.dsn, either_broker.port):
            say(listening)
            wait_for(lambda: centre.rows(known))
            live = centre.rows(known)
        say(listening, waiting=5)  # nobody listens: the broker keeps it
        with ingesting(centre.dsn, either_broker.port):
            _let_it_look(centre, listening)
            assert centre.rows(known) == live, "an `online` of unknown age"
        say(listening, state="offline")
        with ingesting(centre.dsn, either_broker.port):
            wait_for(lambda: centre.rows("SELECT state FROM station") == [("offline",)], what="the kept `offline`")
            gone = centre.rows(known)
            assert gone != live
        with ingesting(centre.dsn, either_broker.port):
            _let_it_look(centre, listening)
            assert centre.rows(known) == gone, "known already"
            say(listening)
            wait_for(lambda: centre.rows("SELECT state FROM station") == [("online",)])


def _let_it_look(centre: Centre, listening: Listener) -> None:
    """Wait until everything published before is stored, and ingest has looked at it: its heart has beaten twice."""
    station = ChainedStation(STATION)
    listening.publish(station.topic, station.add(result()))
    wait_for(lambda: listening.through(station.stream) == 1, timeout_s=30)
    beats = "SELECT max(at) FROM ingest_worker"
    for _ in range(2):
        before = centre.rows(beats)
        wait_for(lambda before=before: centre.rows(beats) != before)  # type: ignore[misc]
