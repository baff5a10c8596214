"""The steps of a station about a failed test stand in its alert, whichever came first."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

from storage.findings import Finding
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import START, ChainedStation, result
from wire import codec
from wire.kinds.handling import HandlingV1
from wire.terms import HandlingStep


def of(body: bytes, step: HandlingStep, **more: object) -> HandlingV1:
    """Return a step about the result with these bytes."""
    event = codec.decode(body)
    return HandlingV1.model_validate({"result": event.originalid or event.id, "step": step, "who": "检测员", **more})


def findings(desk: Desk) -> list[Finding]:
    return [news for news in walk(desk.connection) if isinstance(news, Finding)]


def steps(desk: Desk, station: ChainedStation) -> list[tuple[str, str]]:
    return desk.rows(
        "SELECT s.action, s.code FROM alert_step s JOIN alert a ON a.id = s.alert"
        " WHERE a.station = %s AND a.rule = 'failed_test' ORDER BY s.position",
        station.name,
    )


def test_each_step_is_told_once_whatever_comes_first(desk: Desk) -> None:
    for number, order in enumerate(permutations(range(3))):
        station = desk.station(f"market-{number}")
        failed = station.add(result(88.0, number="3"))
        until = {"to": "摊主", "done_at": START, "until": START + timedelta(hours=4)}
        bodies = [
            failed,
            station.add(of(failed, HandlingStep.SEEN), device=False),
            station.add(of(failed, HandlingStep.HANDED_OVER, **until), device=False),
        ]
        for place in order:
            desk.take(station.topic, bodies[place])
        desk.take(station.topic, *bodies)  # again
        told = steps(desk, station)
        assert told[0] == ("opened", "result"), order
        assert findings(desk) == []
        assert sorted(told[1:]) == [("handled", "station_handed_over"), ("handled", "station_seen")], order


def test_a_step_about_a_retest_stands_in_the_alert_that_it_joined(desk: Desk) -> None:
    station = desk.station("market-1")
    failed = station.add(result(88.0, number="3"))
    again = station.add(result(61.0, number="3", is_retest=True))
    seen = station.add(of(again, HandlingStep.SEEN), device=False)
    desk.take(station.topic, failed, again, seen)
    assert [action for action, _ in steps(desk, station)] == ["opened", "joined", "handled"]
    facts = desk.one("SELECT facts FROM alert_step WHERE action = 'handled'")
    assert facts["who"] == "检测员"


def test_a_step_about_nothing_that_is_known_is_kept_and_says_nothing(desk: Desk) -> None:
    station = desk.station("market-1")
    data = HandlingV1(result=UUID(int=5), step=HandlingStep.HELD, who="w")
    desk.take(station.topic, station.add(data, device=False))
    assert desk.one("SELECT step FROM handling") == "held"
    assert desk.one("SELECT count(*) FROM alert") == 0


def test_the_photograph_of_a_signature_may_come(desk: Desk) -> None:
    station = desk.station("market-1")
    failed = station.add(result(88.0, number="3"))
    handed = station.add(of(failed, HandlingStep.HANDED_OVER, photo="ab" * 32), device=False)
    desk.take(station.topic, failed, handed)
    assert desk.rows("SELECT encode(hash, 'hex') FROM media WHERE station = %s", station.name) == [("ab" * 32,)]
