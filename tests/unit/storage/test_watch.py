"""Episodes: a lasting condition makes one alert, a flapping one makes one as well, and the end of the condition
ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage.named import queries
from storage.thresholds import StationThresholds
from storage.watch import Condition, Episode, judge
from wire.said import Said

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
THRESHOLDS = StationThresholds.model_validate(
    {"station_offline": {"after_s": 60, "ends_after_s": 30}, "device_silent": {"after_s": 0, "ends_after_s": 0}}
)


class Played:
    """Looks at one condition; the table `watch` and the alerts are a dictionary and a set."""

    def __init__(self, rule: str = "station_offline") -> None:
        self._rule = rule
        self.known: dict[str, Episode] = {}
        self.live: set[str] = set()
        self.told: list[tuple[float, str]] = []

    def look(self, at: float, is_on: bool | None) -> None:
        condition = Condition(self._rule, getattr(THRESHOLDS, self._rule), is_on, note=Said("online"), station="m1")
        self._judge(at, [condition])

    def _judge(self, at: float, conditions: list[Condition]) -> None:
        known = {key: replace(device, is_live=key in self.live) for key, device in self.known.items()}
        found = judge(conditions, known, START + timedelta(seconds=at), again_s=1000.0)
        self.known = {episode.key: episode for episode in found.episodes}
        for signal in found.signals:
            self.told.append((at, "ended" if signal.ends else "opened"))
            (self.live.discard if signal.ends else self.live.add)(signal.key)

    def say_nothing(self, at: float) -> None:
        self._judge(at, [])


def test_what_does_not_last_makes_no_alert() -> None:
    played = Played()
    played.look(0, True)
    played.look(59, True)
    played.look(60, False)
    played.look(90, False)
    assert (played.told, played.known) == ([], {})


def test_what_lasts_is_opened_once_and_ended_when_it_has_been_over_for_a_while() -> None:
    played = Played()
    for at in range(0, 200, 5):
        played.look(at, True)
    for at in range(200, 300, 5):
        played.look(at, False)
    assert played.told == [(60, "opened"), (230, "ended")]
    assert played.known == {}


def test_what_flaps_for_an_hour_is_one_alert() -> None:
    played = Played()
    for at in range(0, 3600, 5):
        played.look(at, at % 50 < 25)
    played.look(3700, False)
    assert played.told == [(60, "opened"), (3700, "ended")]


def test_what_nobody_can_tell_stays_as_it_was() -> None:
    played = Played()
    played.look(0, True)
    played.look(60, True)
    for at in range(65, 500, 5):
        played.look(at, None)
    played.look(500, False)
    played.look(530, False)
    assert played.told == [(60, "opened"), (530, "ended")]
    fresh = Played()
    fresh.look(0, None)
    assert fresh.known == {}


def test_what_a_person_resolved_while_it_goes_on_is_opened_again_only_later() -> None:
    played = Played("device_silent")
    played.look(0, True)
    played.live.clear()
    for at in range(5, 1000, 5):
        played.look(at, True)
    assert played.told == [(0, "opened")]
    played.look(1000, True)
    assert played.told == [(0, "opened"), (1000, "opened")]


def test_a_rule_that_is_switched_off_ends_its_alerts() -> None:
    played = Played("device_silent")
    played.look(0, True)
    played.say_nothing(5)
    assert played.told == [(0, "opened"), (5, "ended")]
    assert played.known == {}


@pytest.mark.parametrize(
    ("beats", "wanted"),
    [
        ({}, None),
        ({("a", "normal"): 50, ("a", "urgent"): 20}, 20),
        ({("a", "normal"): 50, ("a", "urgent"): None}, None),
        ({("a", "normal"): 5, ("a", "urgent"): 5, ("b", "normal"): 90, ("b", "urgent"): 80}, 80),
    ],
)
def test_a_process_hears_for_as_long_as_all_of_its_lanes_are_connected(
    dsn: str, beats: dict[tuple[str, str], int | None], wanted: int | None
) -> None:
    sql = queries("watch")
    with psycopg.connect(dsn) as connection:
        for (name, lane), connected_s in beats.items():
            values = {"name": name, "lane": lane, "connected_s": connected_s, "committed_s": None, "queued": 0}
            connection.execute(sql["beat"], values | {"version": "1"})
        ((since, now),) = connection.execute(sql["listening_since"].replace(b"min(since)", b"min(since), now()"))
    assert (None if since is None else round((now - since).total_seconds())) == wanted
