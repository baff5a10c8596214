"""Samples at a station: numbers, the rules in their order, and who says what."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from edge.samples import handling
from edge.samples.asked import Amend, Handle, LayOut, LinkTo, Results, Samples, Well
from edge.samples.errors import Reason, RefusedError
from tests.unit.edge.conftest import Turned
from tests.unit.edge.samples.conftest import ITEM, Station
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.receipts import Receipt
from wire.terms import HandlingStep, Lane, LinkRule, Role, SampleWay


def lay(station: Station, *wells: tuple[int, SampleV1]) -> None:
    places = tuple(Well(channel=channel, sample=sample.number) for channel, sample in wells)
    station.book.lay_out(station.spool, LayOut(device="lz", wells=places))


def shown(station: Station, **asked: Any) -> list[dict[str, Any]]:
    return station.book.results(station.spool, Results(**asked))


def link(station: Station, result: UUID, sample: str | None, revision: int, who: str = "") -> dict[str, Any]:
    return station.book.link(station.spool, LinkTo(result=result, sample=sample, revision=revision, who=who))


def test_a_number_is_never_given_twice_whatever_the_clock_does(station: Station, turned: Turned) -> None:
    given = [station.register().number for _ in range(3)]
    turned.forward(days=1)
    given.append(station.register().number)
    turned.forward(days=-1)
    station.restart()
    given += [station.register().number for _ in range(2)]
    assert given == ["260110-001", "260110-002", "260110-003", "260111-001", "260110-004", "260110-005"]


def test_a_spool_that_was_made_anew_gives_numbers_of_another_series(station: Station) -> None:
    first = station.register().number
    station.spool.close()
    path = station.folder / "spool.db"
    path.write_bytes(b"no database" + path.read_bytes()[11:])
    station.open()
    assert (first, station.register().number) == ("260110-001", "260110-A001")
    for aside in station.folder.glob("spool.db.aside-*"):
        aside.unlink()
    assert station.register().number == "260110-A002"


def test_the_same_request_again_is_the_same_sample(station: Station) -> None:
    request = uuid4()
    one = station.register(request=request, commodity="韭菜")
    station.restart()
    assert station.register(request=request, commodity="韭菜") == one
    assert len(station.book.samples(station.spool, Samples())) == 1
    assert [event.data for event in station.events()] == [one]


def test_two_times_are_kept_and_the_next_sample_takes_over_what_is_not_said(station: Station, turned: Turned) -> None:
    said = turned.now - timedelta(hours=1)
    one = station.register(
        commodity="韭菜", stall="A-12", supplier="s", lot="L1", sampled_at=said, way=SampleWay.SEND_IN, who="w"
    )
    (event,) = station.events()
    assert isinstance(event.data, SampleV1)
    assert (event.data.sampled_at, event.time) == (said, turned.now)
    two = station.register(like=one.number, commodity="芹菜")
    assert (two.commodity, two.stall, two.lot, two.way) == ("芹菜", "A-12", "L1", SampleWay.SEND_IN)
    assert (two.sampled_at, two.registrar) == (None, "")
    assert two.key != one.key


def test_what_is_said_later_is_another_event_and_two_who_say_it_at_once_are_told_apart(station: Station) -> None:
    one = station.register(commodity="韭菜")
    two = station.book.amend(station.spool, Amend(sample=one.number, revision=1, stall="A-12"))
    assert (two.revision, two.key, two.commodity, two.stall) == (2, one.key, "韭菜", "A-12")
    with pytest.raises(RefusedError) as refused:
        station.book.amend(station.spool, Amend(sample=one.number, revision=1, stall="B-1"))
    assert refused.value.reason is Reason.CHANGED
    assert refused.value.facts["sample"] == two.model_dump(mode="json", exclude_defaults=True)
    assert len(station.events()) == 2


@pytest.mark.parametrize("said", ["260110-001", "260110001", "6901234567892"])
def test_a_code_or_a_number_in_the_record_comes_first(station: Station, said: str) -> None:
    one = station.register(code="6901234567892", commodity="韭菜", stall="A-12", supplier="s")
    lay(station, (3, station.register()))
    station.test(88.0, sample_number=said, channel=3)
    (made,) = station.links()
    assert made.sample == one.key
    assert made.rule is (LinkRule.CODE if len(said) == 13 else LinkRule.NUMBER)
    result = station.events()[-2]
    assert isinstance(result.data, ResultV1)
    assert result.id == made.result
    # A failed test goes before everything, and tells by itself whose goods it is about.
    assert (result.data.sample.number, result.data.sample.commodity, result.data.sample.stall) == (said, "韭菜", "A-12")
    assert len(station.spool.waiting(Lane.URGENT, 0, 10)) == 2


def test_a_code_that_two_samples_have_names_none_of_them(station: Station) -> None:
    for _ in range(2):
        station.register(code="6901234567892")
    station.test(sample_number="6901234567892")
    assert station.links() == []


def test_well_3_is_the_sample_that_was_laid_there_for_one_run(station: Station) -> None:
    one, two = station.register(), station.register()
    lay(station, (3, one), (4, two))
    first = station.test(channel=3, run="7", sample_number="1", is_alone=False)
    station.test(channel=5, run="7", is_alone=False)
    station.test(channel=3, run="7", item="formaldehyde", is_alone=False)
    station.test(channel=3, run="8", is_alone=False)
    station.test(channel=4, run="8", is_alone=False)
    assert [(made.number, made.rule) for made in station.links()] == [
        (one.number, LinkRule.LAYOUT),
        (one.number, LinkRule.LAYOUT),
        (two.number, LinkRule.LAYOUT),
    ]
    assert station.links()[0].result == first
    assert [(row["channel"], row["is_used"]) for row in station.book.layout(station.spool, "lz")] == [
        (3, True),
        (4, True),
    ]


def test_without_a_run_a_well_is_used_once(station: Station) -> None:
    lay(station, (3, station.register()))
    for _ in range(2):
        station.test(channel=3, is_alone=False)
    assert len(station.links()) == 1


def test_a_layout_survives_a_restart_and_any_clock(station: Station, turned: Turned) -> None:
    lay(station, (3, station.register()))
    turned.forward(days=-9000)
    station.restart()
    station.test(channel=3, is_alone=False)
    assert len(station.links()) == 1


def test_the_one_sample_that_waits_for_an_item_is_found_once(station: Station) -> None:
    one = station.register(items=(ITEM,))
    station.register(items=("formaldehyde",))
    station.test(sample_number="1")
    station.test(sample_number="2")
    assert [(made.sample, made.rule) for made in station.links()] == [(one.key, LinkRule.ONLY_ONE)]
    assert [row["sample"] for row in shown(station)] == [None, str(one.key)]


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_clock_that_changes_between_sample_and_test_costs_no_link(station: Station, days: int) -> None:
    sample = station.register(items=(ITEM,), commodity="韭菜")
    station.turned.forward(days=days)
    result = station.test(88.0)
    (row,) = shown(station)
    assert (row["id"], row["sample"], row["rule"], row["state"]) == (
        str(result),
        str(sample.key),
        "only_one",
        "waiting",
    )
    assert [link.sample for link in station.links()] == [sample.key]
    assert [event.sequence for event in station.events()] == list(range(1, len(station.events()) + 1))
    assert station.register().number != sample.number


def test_nothing_is_guessed(station: Station) -> None:
    station.register()  # waits for nothing that was said
    station.test(is_alone=True)
    station.register(items=(ITEM,))
    station.test(is_alone=False)  # two results for it in one message
    station.register(items=(ITEM,))
    station.test(is_alone=True)  # two samples wait
    lay(station, (1, station.register()))
    station.test(channel=1, role=Role.CONTROL)
    assert station.links() == []
    assert len(shown(station, unlinked=True)) == 3
    assert station.book.layout(station.spool, "")[0]["is_used"] is False


def test_a_link_is_corrected_by_a_later_one_and_nothing_is_overwritten(station: Station) -> None:
    one, two = station.register(items=(ITEM,)), station.register()
    result = station.test()
    answer = link(station, result, two.number, revision=1, who="b")
    assert (answer["sample_number"], answer["rule"], answer["who"], answer["revision"]) == (
        two.number,
        "person",
        "b",
        2,
    )
    link(station, result, None, revision=2)
    assert [(made.sample, made.revision) for made in station.links()] == [(one.key, 1), (two.key, 2), (None, 3)]
    # The first one waits again for what it was not tested for after all.
    assert [row["number"] for row in station.book.samples(station.spool, Samples(waiting=True))] == [one.number]


def test_of_two_operators_who_link_one_result_at_once_one_is_told_what_the_other_said(station: Station) -> None:
    samples = [station.register() for _ in range(8)]
    result = station.test()
    answers: list[Any] = []
    start = threading.Barrier(8)

    def say(sample: SampleV1) -> None:
        start.wait()
        try:
            answers.append(link(station, result, sample.number, 0, who=sample.number))
        except RefusedError as exc:
            answers.append(exc)

    threads = [threading.Thread(target=say, args=(sample,)) for sample in samples]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (done,) = [answer for answer in answers if isinstance(answer, dict)]
    told = [answer for answer in answers if isinstance(answer, RefusedError)]
    assert {(exc.reason, exc.facts["who"]) for exc in told} == {(Reason.CHANGED, done["sample_number"])}
    assert len(station.links()) == 1


def test_each_result_says_what_the_centre_has_of_it(station: Station) -> None:
    sample = station.register(items=(ITEM,))
    station.test()
    assert [(row["state"], row["link_state"]) for row in shown(station)] == [("waiting", "waiting")]
    station.spool.apply([Receipt(stream=station.spool.stream, through=2)])
    assert [(row["state"], row["link_state"]) for row in shown(station)] == [("received", "waiting")]
    assert station.book.sample(station.spool, sample.number)["state"] == "received"


def test_a_stream_that_is_begun_anew_keeps_samples_and_links(station: Station) -> None:
    sample = station.register(items=(ITEM,))
    result = station.test()
    station.spool.apply([Receipt(stream=station.spool.stream, through=1, hash="0" * 64)])
    (row,) = shown(station)
    assert (row["id"], row["sample"], row["state"], row["link_state"]) == (
        str(result),
        str(sample.key),
        "waiting",
        "waiting",
    )
    assert station.links()[0].result == result
    through = station.spool.counts().sequence
    station.spool.apply([Receipt(stream=station.spool.stream, through=through)])
    assert (shown(station)[0]["state"], shown(station)[0]["link_state"]) == ("received", "received")
    assert station.register().number == "260110-A002"


def test_a_stream_that_is_begun_anew_keeps_what_people_did(station: Station, turned: Turned) -> None:
    result = station.test(88.0)
    asked = Handle(request=uuid4(), result=result, step=HandlingStep.SEEN, who="w")
    handling.handle(station.spool, asked, station.book.source, turned.now)
    station.spool.apply([Receipt(stream=station.spool.stream, through=1, hash="0" * 64)])
    waiting = "SELECT count(*) FROM handling JOIN outbox ON outbox.sequence = handling.event"
    assert station.spool.look(lambda connection: connection.execute(waiting).fetchone()) == (1,)


def test_old_rows_go_with_their_events_and_numbers_stay(station: Station, turned: Turned) -> None:
    station.register(items=(ITEM,))
    station.test()
    turned.forward(days=100)
    old = timedelta(days=90)
    station.spool.prune(old, timedelta(days=3650))
    assert len(shown(station)) == 1  # without a receipt
    station.spool.apply([Receipt(stream=station.spool.stream, through=station.spool.counts().sequence)])
    station.spool.prune(old, timedelta(days=3650))
    assert (shown(station), station.book.samples(station.spool, Samples())) == ([], [])
    turned.forward(days=-100)
    assert station.register().number == "260110-002"


def test_samples_are_found_by_what_is_known_of_them(station: Station) -> None:
    for stall in ("A-12", "B-1", "B-2"):
        station.register(commodity="韭菜", stall=stall)
    found = station.book.samples(station.spool, Samples(text="B-", limit=1))
    assert [row["stall"] for row in found] == ["B-2"]
    assert station.book.samples(station.spool, Samples(text="没有")) == []
    with pytest.raises(RefusedError):
        lay(station, (1, SampleV1(number="260110-999")))
