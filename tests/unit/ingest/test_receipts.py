"""The answers to stations: about their events, and about the state here when they come online."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from ingest.receipts import receipts
from ingest.statuses import StatusNews
from ingest.work import Outcome
from tests.support.desk import Desk
from tests.support.station import result
from wire.chain import digest
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import MARK, Receipt, decode
from wire.status import Status


def told(outcome: Outcome) -> dict[str, Receipt]:
    return {letter.topic: decode(letter.body) for letter in receipts(outcome)}


def online(station: str, stream: UUID | None, *, state: str = "online", asks: UUID | None = None) -> StatusNews:
    says = {"state": state, "at": datetime.now(UTC), "stream": stream, "asks": asks}
    return StatusNews(station, Status.model_validate(says))


def test_a_receipt_names_the_hash_of_its_head_and_marks_what_is_beyond_a_hole(desk: Desk) -> None:
    station = desk.station("market-1")
    bodies = [station.add(result()) for _ in range(5)]
    receipt = told(desk.take(station.topic, *bodies[:2], *bodies[3:]))["shian/1/market-1/receipts"]
    assert (receipt.through, receipt.hash) == (2, digest(bodies[1]))
    assert receipt.extra == (4, 5)
    assert receipt.extra_marks == (digest(bodies[3])[:MARK], digest(bodies[4])[:MARK])
    assert receipt.at == desk.one("SELECT max(received_at) FROM event WHERE station <> 'centre'")
    again = told(desk.take(station.topic, bodies[0]))["shian/1/market-1/receipts"]
    assert (again.through, again.hash) == (2, digest(bodies[1]))


def test_a_station_that_comes_online_is_told_what_is_here_of_its_stream(desk: Desk) -> None:
    station = desk.station("market-1")
    bodies = [station.add(result()) for _ in range(2)]
    desk.take(station.topic, *bodies)
    receipt = told(desk.take_entries([online("market-1", station.stream)]))["shian/1/market-1/receipts"]
    assert (receipt.stream, receipt.through, receipt.hash) == (station.stream, 2, digest(bodies[1]))
    assert receipt.at is not None


def test_of_a_stream_that_is_not_known_or_another_station_s_nothing_is_here(desk: Desk) -> None:
    station, _ = desk.station("market-1"), desk.station("market-2")
    desk.take(station.topic, station.add(result()))
    for stream in (uuid7(), station.stream):
        answers = told(desk.take_entries([online("market-2", stream)]))
        assert answers.keys() == {"shian/1/market-2/receipts"}
        receipt = answers["shian/1/market-2/receipts"]
        assert (receipt.stream, receipt.through, receipt.hash) == (stream, 0, ZERO_HASH)


def test_a_last_will_and_a_status_without_a_stream_are_not_answered(desk: Desk) -> None:
    station = desk.station("market-1")
    entries = [online("market-1", None), online("market-1", station.stream, state="offline")]
    assert told(desk.take_entries(entries)) == {}


def test_the_answer_names_the_last_question_and_nothing_else_does(desk: Desk) -> None:
    station = desk.station("market-1")
    first, last = uuid7(), uuid7()
    entries = [online("market-1", station.stream, asks=question) for question in (first, last)]
    answer = told(desk.take_entries(entries))["shian/1/market-1/receipts"]
    assert (answer.answers, answer.through) == (last, 0), "of a stream that is not known nothing is here: that is said"
    assert told(desk.take(station.topic, station.add(result())))["shian/1/market-1/receipts"].answers is None
    answer = told(desk.take_entries([online("market-1", station.stream, asks=first)]))["shian/1/market-1/receipts"]
    assert (answer.answers, answer.through) == (first, 1)


def test_of_another_station_s_stream_no_question_is_answered(desk: Desk) -> None:
    station, _ = desk.station("market-1"), desk.station("market-2")
    desk.take(station.topic, station.add(result()))
    answers = told(desk.take_entries([online("market-2", station.stream, asks=uuid7())]))
    assert answers["shian/1/market-2/receipts"].answers is None
