"""The report of shian doctor about a machine and its surroundings."""

import os
from pathlib import Path

import psycopg
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from process.connections import Broker
from shian.broker_choice import broker_address
from shian.checks import Finding, clock, machine, services
from shian.database_choice import chosen_dsn
from shian.failures import CannotError
from shian.local.broker import LocalBroker
from storage.migrate import migrate
from wire.codec import MAX_BYTES


def states(findings: "list[Finding]") -> list[str]:
    return [finding.state for finding in findings]


def test_a_living_broker_is_well(broker: LocalBroker) -> None:
    assert states(list(services.broker(Broker(port=broker.port)))) == ["ok"]


def test_a_broker_that_is_away_fails_with_a_hint() -> None:
    (finding,) = services.broker(Broker(port=1))
    assert finding.state == "fail"
    assert finding.hint


def accepted() -> ReasonCode:
    return ReasonCode(PacketTypes.CONNACK, "Success")


@pytest.mark.parametrize(("limit", "state"), [(None, "ok"), (MAX_BYTES, "fail"), (2 * MAX_BYTES, "ok")])
def test_a_broker_must_take_our_largest_event(limit: int | None, state: str) -> None:
    assert services.judge_broker("b", accepted(), limit).state == state


def test_a_broker_that_does_not_answer_or_refuses_fails() -> None:
    refused = ReasonCode(PacketTypes.CONNACK, "Not authorized")
    assert services.judge_broker("b", None, None).state == "fail"
    assert services.judge_broker("b", refused, None).state == "fail"


def test_an_empty_database_asks_for_migrate_and_a_migrated_one_is_well(empty_dsn: str) -> None:
    assert "fail" in states(list(services.database(empty_dsn)))
    migrate(empty_dsn)
    assert set(states(list(services.database(empty_dsn)))) == {"ok"}


def test_a_newer_database_fails(empty_dsn: str) -> None:
    migrate(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        connection.execute("INSERT INTO migration (number, name, checksum) VALUES (9999, 'later', '')")
    assert "fail" in states(list(services.database(empty_dsn)))


def test_a_database_that_is_away_fails() -> None:
    assert states(list(services.database("postgresql://127.0.0.1:1/x"))) == ["fail"]


@pytest.mark.parametrize(("seconds", "state"), [(0.1, "ok"), (-3.0, "warn"), (90.0, "fail")])
def test_a_skewed_clock_is_judged(seconds: float, state: str) -> None:
    assert clock.judge_skew(seconds).state == state


@pytest.mark.parametrize(("status", "state"), [(0x2001, "ok"), (0x40, "warn"), (None, "warn")])
def test_a_clock_that_nothing_keeps_right_is_a_warning(status: int | None, state: str) -> None:
    assert states(list(clock.synchronised(status))) == [state]


def test_the_kernel_answers_without_privileges() -> None:
    status = clock.kernel_status()
    assert status is None or status >= 0


def test_ports_are_listed_by_their_lasting_names_once(tmp_path: Path) -> None:
    by_id = tmp_path / "serial" / "by-id"
    by_id.mkdir(parents=True)
    for name in ("ttyUSB0", "ttyACM0"):
        (tmp_path / name).touch()
    (by_id / "usb-Tester_1234-if00").symlink_to(tmp_path / "ttyUSB0")
    texts = [port.text for port in machine.serial_ports(tmp_path)]
    assert texts == [str(by_id / "usb-Tester_1234-if00"), str(tmp_path / "ttyACM0")]


def test_a_forbidden_port_names_the_group(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may open everything")
    (tmp_path / "ttyUSB0").touch(mode=0o000)
    (finding,) = machine.serial_ports(tmp_path)
    assert finding.state == "warn"
    assert "dialout" in finding.hint


def test_the_disk_of_a_folder_that_is_not_there_yet_is_that_of_its_parent(tmp_path: Path) -> None:
    (finding,) = machine.disk(tmp_path / "a" / "b")
    assert "MiB" in finding.text


@pytest.mark.parametrize("text", ["", "host", "host:", ":1", "host:0", "host:70000", "host:x"])
def test_a_bad_broker_address_is_refused(text: str) -> None:
    with pytest.raises(CannotError, match="HOST:PORT"):
        broker_address(text)


def test_broker_addresses_are_read() -> None:
    assert broker_address("b.example:1883") == ("b.example", 1883)
    assert broker_address("[::1]:1883") == ("::1", 1883)


def test_a_database_is_chosen_from_one_place_only(tmp_path: Path) -> None:
    secret = tmp_path / "dsn"
    secret.write_text("postgresql://a\n")
    config = tmp_path / "ingest.toml"
    config.write_text(f'[database]\ndsn_file = "{secret}"\n')
    assert chosen_dsn("postgresql://b", None) == "postgresql://b"
    assert chosen_dsn(None, secret) == "postgresql://a"
    assert chosen_dsn(None, None, config) == "postgresql://a"
    assert chosen_dsn(None, None, None, tmp_path) == "postgresql://a"
    with pytest.raises(CannotError, match="one database"):
        chosen_dsn("postgresql://b", secret)
    with pytest.raises(CannotError, match="which database"):
        chosen_dsn(None, None, None, tmp_path / "none")
    config.write_text("[broker]\n")
    with pytest.raises(CannotError, match=r"no \[database\]"):
        chosen_dsn(None, None, config)
