"""The walk names what somebody did to the database: station, sequence and kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from uuid_utils.compat import uuid7

from storage.findings import Finding, Kind, Walked
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import START, ChainedStation, result
from wire import chain, codec
from wire.events import new_event, source_of
from wire.kinds.camera import CameraV1
from wire.kinds.envelope import Data
from wire.kinds.reading import ReadingV1
from wire.kinds.sample import SampleV1
from wire.topics import CENTRE

COUNT = 12


@dataclass(frozen=True, slots=True)
class District:
    desk: Desk
    station: ChainedStation
    other: ChainedStation

    def harm(self, statement: str, **values: object) -> None:
        values = {"stream": self.station.stream, "other": self.other.stream} | values
        assert self.desk.connection.execute(statement.encode(), values).rowcount > 0

    def found(self) -> list[tuple[str, int | None, int | None, str]]:
        """Return the findings about the chains; those about a day's counts are in test_derived.py."""
        findings = [
            finding
            for finding in walk(self.desk.connection)
            if isinstance(finding, Finding) and finding.kind is not Kind.COUNT
        ]
        assert {finding.station for finding in findings} <= {"market-1"}
        return [(finding.kind.value, finding.sequence, finding.last, finding.detail) for finding in findings]

    def kinds(self) -> list[tuple[str, int | None]]:
        return [(kind, sequence) for kind, sequence, _, _ in self.found()]


@pytest.fixture
def district(desk: Desk) -> Iterator[District]:
    """Make two stations of twelve events and a checkpoint over each ten."""
    made = []
    for name in ("market-1", "market-2"):
        station = desk.station(name)
        for number in range(COUNT):
            station.checkpoint() if number == 10 else station.add(result(number=str(number)))
        desk.take(station.topic, *station.bodies)
        made.append(station)
    yield District(desk, *made)


def _forged(district: District, sequence: int, previous: str) -> bytes:
    event = new_event(
        result(0.0),
        event_id=codec.decode(district.station.bodies[sequence - 1]).id,
        source=source_of("market-1", "tester-1"),
        time=codec.decode(district.station.bodies[sequence - 1]).time,
        stream=district.station.stream,
        sequence=sequence,
        previous_hash=previous,
    )
    return codec.encode(event)


def test_a_whole_district_has_no_findings_and_is_signed_as_far_as_its_checkpoints(district: District) -> None:
    news = list(walk(district.desk.connection))
    assert all(isinstance(news_item, Walked) for news_item in news)
    assert [
        (news_item.station, news_item.events, news_item.signed_through)
        for news_item in news
        if isinstance(news_item, Walked) and news_item.station != CENTRE
    ] == [
        ("market-1", COUNT, 10),
        ("market-2", COUNT, 10),
    ]


def test_only_the_stations_that_were_asked_for_are_walked(district: District) -> None:
    news = walk(district.desk.connection, ["market-2"])
    assert [walked.station for walked in news if isinstance(walked, Walked)] == ["market-2"]


def test_changed_bytes_are_named(district: District) -> None:
    body = district.station.bodies[4].replace(b"12.5", b"11.5")
    district.harm("UPDATE event SET body = %(body)s WHERE stream = %(stream)s AND sequence = 5", body=body)
    assert district.kinds() == [("changed", 5)]


@pytest.mark.parametrize("sequence", [1, 5, 9, COUNT])
def test_bytes_that_were_changed_together_with_their_hash_and_their_row_are_named(
    district: District, sequence: int
) -> None:
    previous = chain.digest(district.station.bodies[sequence - 2]) if sequence > 1 else "0" * 64
    body = _forged(district, sequence, previous)
    district.harm(
        "UPDATE event SET body = %(body)s, hash = sha256(%(body)s) WHERE stream = %(stream)s AND sequence = %(at)s",
        body=body,
        at=sequence,
    )
    district.harm(
        "UPDATE result SET value = 0, value_text = '0.0', sample = '1', identity = decode(%(identity)s, 'hex')"
        " WHERE event = %(id)s",
        id=codec.decode(body).id,
        identity=codec.decode(body).data.model_dump()["identity"],
    )
    assert ("changed", sequence) in district.kinds()
    assert {kind[1] for kind in district.kinds()} == {sequence}


def test_an_event_that_names_another_predecessor_is_blamed_itself(district: District) -> None:
    body = _forged(district, 5, "ab" * 32)
    district.harm(
        "UPDATE event SET body = %(body)s, hash = sha256(%(body)s) WHERE stream = %(stream)s AND sequence = 5",
        body=body,
    )
    assert ("changed", 5) in district.kinds()
    assert {kind[1] for kind in district.kinds()} == {5}


def test_a_signed_event_and_all_after_it_rewritten_is_named_by_the_signature(district: District) -> None:
    previous = chain.digest(district.station.bodies[8])
    body = _forged(district, 10, previous)
    district.harm(
        "UPDATE event SET body = %(body)s, hash = sha256(%(body)s) WHERE stream = %(stream)s AND sequence = 10",
        body=body,
    )
    assert ("signature", 11) in district.kinds()


def test_a_removed_event_is_named(district: District) -> None:
    district.harm("DELETE FROM event WHERE stream = %(stream)s AND sequence IN (4, 5)")
    assert district.found()[0][:3] == ("removed", 4, 5)
    assert [finding[0] for finding in district.found()[1:]] == ["added", "added"]


@pytest.mark.parametrize(("first", "last"), [(1, 2), (COUNT, None)])
def test_events_removed_at_an_end_are_named(district: District, first: int, last: int | None) -> None:
    district.harm(
        "DELETE FROM event WHERE stream = %(stream)s AND sequence BETWEEN %(a)s AND %(b)s", a=first, b=last or first
    )
    assert ("removed", first, last) in [finding[:3] for finding in district.found()]


def test_a_whole_stream_that_was_removed_is_named(district: District) -> None:
    district.harm("DELETE FROM event WHERE stream = %(stream)s")
    assert district.found()[0][:3] == ("removed", 1, COUNT)


def test_a_stream_whose_row_is_gone_is_still_walked(district: District) -> None:
    district.harm("DELETE FROM stream WHERE id = %(stream)s")
    assert district.found()[0][::3] == ("removed", "the row of the stream is gone")


def _swap_numbers(tampered: District) -> None:
    for before, after in ((6, 99), (7, 6), (99, 7)):
        tampered.harm(
            "UPDATE event SET sequence = %(b)s WHERE stream = %(stream)s AND sequence = %(a)s", a=before, b=after
        )


def _swap_bodies(tampered: District) -> None:
    for at, body in ((6, tampered.station.bodies[6]), (7, tampered.station.bodies[5])):
        tampered.harm(
            "UPDATE event SET body = %(x)s, hash = sha256(%(x)s) WHERE stream = %(stream)s AND sequence = %(a)s",
            a=at,
            x=body,
        )


@pytest.mark.parametrize("swap", [_swap_numbers, _swap_bodies])
def test_two_events_that_were_swapped_are_both_named(district: District, swap: Callable[[District], None]) -> None:
    swap(district)
    assert district.kinds() == [("reordered", 6), ("reordered", 7)]


def test_a_copy_over_another_event_is_a_replay(district: District) -> None:
    district.harm(
        "UPDATE event SET body = %(x)s, hash = sha256(%(x)s) WHERE stream = %(stream)s AND sequence = 8",
        x=district.station.bodies[2],
    )
    assert ("replayed", 8) in district.kinds()
    assert {kind[1] for kind in district.kinds()} == {8}


def test_a_copy_of_another_station_s_event_is_a_replay(district: District) -> None:
    district.harm(
        "UPDATE event SET body = %(x)s, hash = sha256(%(x)s) WHERE stream = %(stream)s AND sequence = 8",
        x=district.other.bodies[7],
    )
    assert ("replayed", 8) in district.kinds()


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ("value = 3", ["changed"]),
        ("verdict = 'pass'", ["verdict"]),
        ("decided_verdict = 'fail', verdict = 'fail'", ["verdict", "alert", "alert"]),
        ("commodity = 'x'", ["changed"]),
    ],
)
def test_a_changed_result_row_is_named(district: District, change: str, kinds: list[str]) -> None:
    station = district.station
    station.add(result(88.0))
    district.desk.take(station.topic, station.bodies[-1])
    at = COUNT + 1 if "pass" in change else 3
    event = codec.decode(station.bodies[at - 1]).id
    district.harm(f"UPDATE result SET {change} WHERE event = %(id)s", id=event)
    assert district.kinds() == [(kind, at) for kind in kinds]


def test_a_removed_result_row_is_named(district: District) -> None:
    district.harm("DELETE FROM result WHERE event = %(id)s", id=codec.decode(district.station.bodies[2]).id)
    assert district.kinds() == [("removed", 3)]


def test_a_result_row_that_no_event_says_is_named(district: District) -> None:
    district.desk.connection.execute(
        "CREATE TEMP TABLE copy AS SELECT * FROM result WHERE station = 'market-1' LIMIT 1;"
        " UPDATE copy SET event = gen_random_uuid(); INSERT INTO result SELECT * FROM copy"
    )
    assert district.kinds() == [("added", None)]


def of_each_kind() -> dict[str, Data]:
    """Return typed rows other than results, by the name of their table."""
    return {
        "sample": SampleV1(number="7", commodity="菠菜", stall="A-12", sampled_at=START),
        "reading": ReadingV1(quantity="air_temperature", value=3.5, unit="degC", measured_at=START, channel=2),
        "camera_event": CameraV1(key=uuid7(), phase="start", kind="covered", zone="sink", evidence={"edges": 0.1}),
    }


@pytest.fixture
def varied(district: District) -> District:
    """Add one of each kind, in the order of `of_each_kind`, from COUNT + 1 on."""
    station = district.station
    bodies = [station.add(data) for data in of_each_kind().values()]
    district.desk.take(station.topic, *bodies)
    return district


def test_rows_of_every_kind_that_nobody_touched_are_no_flaw(varied: District) -> None:
    assert varied.found() == []


@pytest.mark.parametrize(
    ("table", "change", "columns"),
    [
        ("sample", "stall = 'A-13'", "stall"),
        ("sample", "sampled_at = NULL, number = '8'", "number, sampled_at"),
        ("reading", "value = 3.4", "value"),
        ("reading", "channel = NULL", "channel"),
        ("reading", "measured_at = measured_at + interval '1 hour'", "measured_at"),
        ("camera_event", "kind = 'dark'", "kind"),
        ("camera_event", "key = gen_random_uuid()", "key"),
        ("camera_event", """evidence = '{"edges": 0.9}'""", "evidence"),
        ("camera_event", "device = 'cam-2', station = 'market-2'", "station, device"),
    ],
)
def test_a_changed_row_of_another_kind_is_named(varied: District, table: str, change: str, columns: str) -> None:
    at = COUNT + 1 + list(of_each_kind()).index(table)
    varied.harm(f"UPDATE {table} SET {change}")
    assert varied.found() == [("changed", at, None, f"its row in {table}: {columns}")]


@pytest.mark.parametrize("table", of_each_kind())
def test_a_removed_and_an_added_row_of_another_kind_are_named(varied: District, table: str) -> None:
    at = COUNT + 1 + list(of_each_kind()).index(table)
    varied.harm(f"UPDATE {table} SET event = gen_random_uuid()")
    removed, (kind, sequence, _, detail) = varied.found()
    assert removed == ("removed", at, None, f"its row in {table}")
    assert (kind, sequence) == ("added", None)
    assert detail.startswith(f"{table} ")


def test_a_number_that_never_came_is_a_gap(district: District) -> None:
    station = district.station
    for _ in range(4):
        station.add(result())
    district.desk.take(station.topic, station.bodies[-1])
    assert district.found() == [("gap", COUNT + 1, COUNT + 3, "never came")]


def test_an_event_cut_from_a_spool_is_a_gap_where_it_was_cut(district: District) -> None:
    station = district.station
    station.add(result())
    station.add(result())
    district.desk.take(station.topic, station.bodies[-1])
    assert district.found() == [("gap", COUNT + 1, None, "never came")]


def test_an_event_that_did_not_follow_when_it_came_is_named(district: District) -> None:
    station = district.station
    station.add(result(), previous="cd" * 32)
    station.add(result())
    district.desk.take(station.topic, *station.bodies[-2:])
    assert district.kinds() == [("changed", COUNT + 1)]


def test_a_checkpoint_of_a_stranger_s_key_is_named(district: District) -> None:
    station = district.station
    station.checkpoint(key=Ed25519PrivateKey.generate())
    district.desk.take(station.topic, station.bodies[-1])
    assert district.kinds() == [("signature", COUNT + 1)]


def test_a_fork_that_lies_in_quarantine_is_named(district: District) -> None:
    body = district.station.bodies[3].replace(b"12.5", b"11.5").replace(b"tester-1", b"tester-2")
    district.desk.take(district.station.topic, body)
    assert district.kinds() == [("forked", 4)]


def test_the_walk_runs_in_an_idle_connection_and_leaves_it_idle(district: District) -> None:
    list(walk(district.desk.connection))
    status = district.desk.connection.info.transaction_status
    assert status == psycopg.pq.TransactionStatus.IDLE


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("UPDATE event SET recorded_at = recorded_at - interval '1 day' WHERE {}", "columns beside its bytes"),
        ("UPDATE event SET received_at = received_at - interval '1 s' WHERE {}", "columns beside its bytes"),
        ("UPDATE result SET flags = '' WHERE event = (SELECT id FROM event WHERE {})", "its row in result: flags"),
        (
            "WITH moved AS (UPDATE event SET recorded_at = '1970-01-01 00:05+00' WHERE {} RETURNING id)"
            " UPDATE result SET recorded_at = '1970-01-01 00:05+00' FROM moved WHERE event = moved.id",
            "columns beside its bytes: recorded_at",
        ),
    ],
)
def test_a_row_of_a_clock_that_is_not_believed_is_held_against_its_receipt(
    desk: Desk, statement: str, detail: str
) -> None:
    station = desk.station("market-1")
    for minute in range(3):
        station.add(result(88.0, number=str(minute)), time=datetime(1970, 1, 1, 0, minute, tzinfo=UTC))
    desk.take(station.topic, *station.bodies)
    assert [finding for finding in walk(desk.connection) if isinstance(finding, Finding)] == []
    desk.connection.execute(statement.format("sequence = 2").encode())
    findings = [
        finding for finding in walk(desk.connection) if isinstance(finding, Finding) and finding.kind is not Kind.COUNT
    ]
    assert {finding.sequence for finding in findings} == {2}
    assert any(detail in finding.detail for finding in findings)
