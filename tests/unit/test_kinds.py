"""A kind of record that is added in one place is missed in every other: by name, and not in use."""

from typing import Literal, get_args

from tests.support.kinds import lacking, unregistered
from wire.kinds import BY_NAME, BY_TYPE, KINDS, Event
from wire.kinds.envelope import Data, Envelope
from wire.kinds.kind import Item, Kind


class WeatherV1(Data):
    temperature: float


class WeatherEvent(Envelope):
    type: Literal["shian.weather.v1"]
    data: WeatherV1


class WeatherItem(Item):
    kind: Literal["weather"] = "weather"


WEATHER = Kind("weather", WeatherEvent, item=WeatherItem, is_urgent=False)


def test_no_kind_lacks_anything_anywhere() -> None:
    lacks = unregistered() + lacking(KINDS)
    assert not lacks, "\n" + "\n".join(lacks)


def test_a_kind_that_is_declared_alone_is_missed_everywhere_by_name() -> None:
    assert lacking([WEATHER]) == [
        "storage/kinds.py: TYPED lacks weather: its table and row, or NONE",
        "ingest/effects/__init__.py: EFFECTS lacks weather: a function, or NONE",
        "server/records/kinds.py: SHOWN lacks weather: the folder that shows it, or NONE",
        "tests/contract/golden/: no .jsonl has an event shian.weather.v1 (weather)",
        "server/console/src/live/items.ts: nothing is done with the feed's items of weather",
        "docs/schemas/: no shian.weather.v1.json: run ./dev fmt",
    ]


def test_the_union_for_type_checkers_is_the_registry() -> None:
    assert get_args(Event) == tuple(kind.event for kind in KINDS)


def test_names_and_types_are_of_one_kind_each() -> None:
    assert len(BY_NAME) == len(BY_TYPE) == len(KINDS)
    for kind in KINDS:
        assert kind.event_type.startswith(f"shian.{kind.name}.v")
        if kind.item is not None:
            assert kind.item.model_fields["kind"].default == kind.name


def test_a_kind_says_where_its_times_are() -> None:
    assert BY_NAME["result"].times == (("sample", "sampled_at"), ("measured_at",))
    assert BY_NAME["camera"].times == ()
