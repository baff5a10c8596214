"""Thresholds in data: shipped, overridden rule by rule, refused by line."""

from pathlib import Path
from typing import Any

import pytest

from ingest.settings import PREFIX, Ingest
from ingest.watch import rules as of_stations
from process.settings import Settings, SettingsError, load
from server.proof import watch as of_proof
from server.settings import ServerSettings
from server.watch import rules as of_centre
from storage.rules.system import BadThresholdError, Held, check
from storage.thresholds import CentreThresholds, StationThresholds, shipped


def test_every_rule_is_shipped_with_its_thresholds() -> None:
    stations: Settings = StationThresholds.model_validate({})
    centre: Settings = CentreThresholds.model_validate({})
    assert set(shipped()) == {*of_stations.RULES, *of_centre.RULES, *of_proof.RULES}
    held = [(stations, str(rule)) for rule in of_stations.RULES] + [
        (centre, str(rule)) for rule in (*of_centre.RULES, *of_proof.RULES)
    ]
    for thresholds, rule in held:
        assert getattr(thresholds, rule).model_dump(mode="json") == shipped()[rule]


def test_one_value_is_overridden_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "ingest.toml"
    path.write_text("[watch.dead_letters]\nan_hour = 50\n[watch.repeats]\nis_on = false\n", "utf-8")
    found = load(Ingest, path, PREFIX, {f"{PREFIX}__WATCH__STATION_FULL__AFTER_S": "7"}).watch
    assert (found.dead_letters.an_hour, found.dead_letters.ends_below) == (50, 2)
    assert not found.repeats.is_on
    assert found.station_full.after_s == 7


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[watch.dead_letter]\nan_hour = 5\n", ":1: watch.dead_letter: "),
        ("[watch.dead_letters]\nan_hours = 5\n", ":2: watch.dead_letters.an_hours: "),
        ("[watch.station_full]\nis_on = true\nafter_s = -1\n", ":3: watch.station_full.after_s: "),
        ("[watch.station_full]\nseverity = 'loud'\n", ":2: watch.station_full.severity: "),
        ("[watch.dead_letters]\nan_hour = 1\n", ":1: watch.dead_letters: "),
        ("[watch]\nstation_full = 3\n", ":2: watch.station_full: "),
        ("[watch.ingest_silent]\nafter_s = 3\n", ":1: watch.ingest_silent: "),
        ("watch = 3\n", ":1: watch: "),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "ingest.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(Ingest, path, PREFIX, {})
    assert str(caught.value).startswith(f"{path}{line}")


def test_the_server_has_thresholds_of_its_own() -> None:
    watch: dict[str, Any] = {"broker_away": {"after_s": 1}}
    found = ServerSettings.model_validate({"watch": watch}).watch
    assert (found.broker_away.after_s, found.broker_away.is_on) == (1, True)


@pytest.mark.parametrize(
    ("values", "key", "english", "chinese"),
    [
        ({"an_hour": "many"}, "repeats.an_hour", "valid integer", "应为整数"),
        ({"severity": "loud"}, "repeats.severity", "'critical'", "应为 'critical', 'warning' or 'info' 之一"),
        ({"after_s": -1}, "repeats.after_s", "must be >= 0", "不得小于 0"),
        ({"ends_below": 900}, "repeats", "ends_below must not be above an_hour", "ends_below 不得大于 an_hour"),
    ],
)
def test_a_mistake_is_said_in_both_languages(values: dict[str, object], key: str, english: str, chinese: str) -> None:
    default = StationThresholds.model_validate({}).repeats
    with pytest.raises(BadThresholdError) as refused:
        check(Held("repeats", "ingest", default, default, {}), values)
    (mistake,) = refused.value.mistakes
    assert (mistake.key, mistake.words.zh) == (key, chinese)
    assert english in mistake.words.en
    assert "Value error" not in mistake.words.en
