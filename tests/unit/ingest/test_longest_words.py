"""The longest texts that the wire takes find room in every index: a row that does not would stop what came with it."""

from random import Random
from uuid import UUID

from tests.support.desk import Desk
from wire.kinds.camera import CameraV1
from wire.kinds.reading import ReadingV1
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import Verdict


def _long(seed: int) -> str:
    """Return 200 characters of four bytes each that do not compress."""
    random = Random(seed)
    return "".join(chr(random.randrange(0x20000, 0x2A000)) for _ in range(200))


def test_events_with_the_longest_words_are_stored(desk: Desk) -> None:
    station = desk.station("m" * 63)
    sample = SampleV1(number=_long(1), commodity=_long(2), stall=_long(3))
    for verdict in (Verdict.PASS, Verdict.SUSPECT):
        station.add(
            ResultV1(
                adapter="astm",
                profile="generic",
                item=_long(4),
                item_name=_long(5),
                sample=sample,
                device_verdict=verdict,
                identity="cd" * 32,
            )
        )
    station.add(ReadingV1(quantity=_long(6), value=1.0, unit="C"))
    station.add(CameraV1(key=UUID(int=1), phase="start", kind=_long(7), zone=_long(8)))
    desk.take(station.topic, *station.bodies)
    assert desk.one("SELECT count(*) FROM event WHERE station <> 'centre'") == 4
    assert desk.one("SELECT count(*) FROM quarantine") == 0
