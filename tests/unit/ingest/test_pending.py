"""A station that is newer than its centre: what it sends is kept at once, and understood after the upgrade."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

import pytest
from pydantic import Field, TypeAdapter

from ingest import pending
from ingest.rebuild import rebuild
from ingest.store import Store
from storage.findings import Finding, Walked
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire import codec
from wire.kinds import KINDS, Event
from wire.kinds.reading import ReadingV1
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1

READING = ReadingV1(quantity="air_temperature", value=3.5, unit="degC")


@contextmanager
def older_centre(patch: pytest.MonkeyPatch, *unknown: str) -> Iterator[None]:
    """Take kinds away from what the centre understands, as a version before them was."""
    known = tuple(kind.event for kind in KINDS if kind.name not in unknown)
    union: Any = reduce(or_, known)
    adapter: TypeAdapter[Event] = TypeAdapter(cast("Any", Annotated)[union, Field(discriminator="type")])
    with patch.context() as patched:
        patched.setattr(codec, "EVENT", adapter)
        for module in ("ingest.not_understood", "ingest.pending"):
            patched.setattr(f"{module}.fingerprint", lambda: f"without {unknown}")
        yield


def upgraded(desk: Desk) -> pending.Projected:
    return pending.project(desk.connection, desk.store, most=1000)


def clean(desk: Desk) -> list[Finding]:
    return [news for news in walk(desk.connection) if isinstance(news, Finding)]


def waiting(desk: Desk) -> int:
    return sum(news.waiting for news in walk(desk.connection) if isinstance(news, Walked))


def test_an_unknown_kind_has_its_place_its_receipt_and_later_its_row(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = desk.station("market-1")
    with older_centre(monkeypatch, "reading"):
        bodies = [station.add(result()), station.add(READING), station.checkpoint(), station.add(result(number="2"))]
        outcome = desk.take(station.topic, *bodies)
        assert (len(outcome.stored), outcome.refused) == (4, ())
        assert outcome.heads[station.stream.int].through == 4
        assert desk.rows("SELECT sequence, type, why FROM not_understood") == [
            (2, "shian.reading.v1", "unknown type shian.reading.v1")
        ]
        assert desk.rows("SELECT rule, state FROM alert") == [("not_understood", "open")]
        assert (clean(desk), waiting(desk)) == ([], 1)
        assert upgraded(desk).tried == 0  # of the same version: not again
    assert (clean(desk), waiting(desk)) == ([], 1)
    assert upgraded(desk).understood == 1
    assert desk.one("SELECT value FROM reading") == 3.5
    assert desk.rows("SELECT state FROM alert") == [("resolved",)]
    assert (clean(desk), waiting(desk)) == ([], 0)
    assert upgraded(desk).tried == 0


def test_a_failed_test_that_nobody_understood_is_judged_by_the_limits_of_its_time_and_alerted_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = desk.station("market-1")
    with older_centre(monkeypatch, "result"):
        desk.take(station.topic, station.add(result(88.0, device_verdict=None)), station.add(result(12.5, number="2")))
    assert desk.one("SELECT count(*) FROM result") == 0
    desk.rows("DELETE FROM analyte_limit WHERE code = 'pesticide-inhibition-5009.199' RETURNING 1")
    upgraded(desk)
    assert desk.rows("SELECT verdict, decided_by FROM result ORDER BY value") == [
        ("pass", "pesticide-inhibition-5009.199"),
        ("fail", "pesticide-inhibition-5009.199"),
    ]
    assert desk.rows("SELECT result.received_at = event.received_at FROM result JOIN event ON id = result.event") == [
        (True,),
        (True,),
    ]
    assert desk.rows("SELECT rule, state FROM alert ORDER BY rule") == [
        ("failed_test", "open"),
        ("not_understood", "resolved"),
    ]
    assert desk.rows("SELECT verdict, tests FROM daily_result ORDER BY 1") == [("fail", 1), ("pass", 1)]
    for _ in rebuild(desk.connection, ZoneInfo("Asia/Shanghai"), kinds=KINDS):
        pass
    assert desk.one("SELECT count(*) FROM alert_step WHERE action IN ('opened', 'joined')") == 2
    assert [finding.kind.value for finding in clean(desk)] == ["limit"]  # what this test did to the table


def with_data(station: ChainedStation, data: ResultV1, change: Callable[[dict[str, object]], None]) -> bytes:
    """Return an event of the station with data that no version of today makes."""
    document = json.loads(station.add(data))
    change(document["data"])
    station.bodies[-1] = json.dumps(document).encode()
    return station.bodies[-1]


def test_newer_words_in_a_known_kind_are_kept_too(desk: Desk) -> None:
    station = desk.station("market-1")
    body = with_data(station, result(), lambda data: data.update(role="duplicate"))
    outcome = desk.take(station.topic, body, station.add(result()))
    assert (len(outcome.stored), outcome.heads[station.stream.int].through) == (2, 2)
    assert desk.one("SELECT why FROM not_understood").startswith("shian.result.v1.data.role")
    assert (clean(desk), waiting(desk)) == ([], 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sequence": 0}, "not_an_event"),
        ({"type": "org.other.v1"}, "unknown_type"),
        ({"type": "shian.later.v1", "previoushash": "x"}, "unknown_type"),
        ({"type": "shian.later.v1", "time": "yesterday"}, "unknown_type"),
    ],
)
def test_without_a_sound_envelope_it_stays_refused(desk: Desk, change: dict[str, object], reason: str) -> None:
    station = desk.station("market-1")
    body = json.dumps(json.loads(station.add(result())) | change).encode()
    outcome = desk.take(station.topic, body)
    assert [refused.reason.value for refused in outcome.refused] == [reason]
    assert desk.one("SELECT count(*) FROM event WHERE station <> 'centre'") == 0


def test_what_was_recorded_again_is_folded_when_it_is_understood(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    station, second = desk.station("market-1"), ChainedStation("market-1")
    first = [station.add(SampleV1(number="7")), station.add(result(88.0))]
    again = [second.again(body) for body in first]
    with older_centre(monkeypatch, "sample", "result"):
        desk.take(station.topic, *first)
        desk.take(second.topic, *again)
    upgraded(desk)
    assert (desk.one("SELECT count(*) FROM sample"), desk.one("SELECT count(*) FROM result")) == (1, 1)
    assert desk.one("SELECT count(*) FROM folded") == 2
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'failed_test'") == 1
    assert clean(desk) == []


def test_an_older_ingest_beside_a_newer_one_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    station = desk.station("market-1")
    newer = Store(ZoneInfo("Asia/Shanghai"))
    newer.open(desk.connection)
    for number in range(3):
        with older_centre(monkeypatch, "reading"):
            desk.take(station.topic, station.add(READING), station.add(result(number=str(number))))
        desk.take(station.topic, *station.bodies[-2:])  # the same, sent again to the newer one
        assert pending.project(desk.connection, newer, most=1000).understood == 1
        with older_centre(monkeypatch, "reading"):
            assert upgraded(desk).tried == 0
    assert desk.one("SELECT count(*) FROM reading") == 3
    assert clean(desk) == []
