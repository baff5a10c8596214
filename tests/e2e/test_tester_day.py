"""A tester eight hours behind, at two in the morning: it is yesterday there, and it was silent for up to an hour."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from uuid import uuid4
from zoneinfo import ZoneInfo

from edge.commands import status as status_view
from firmware_adapters.registry import family
from shian.adapters.simulate import Specimens, items_of
from shian.demo.virtual import Rack, VirtualAnalyzer, analyzer_time, impatient_profile
from shian.local.broker import LocalBroker
from tests.support.centre import Centre
from tests.support.edge_station import running, settings_document
from tests.support.waiting import wait_for
from wire.kinds.device import DeviceEvent

BEHIND = timedelta(hours=8)


def zone_at_two() -> ZoneInfo:
    """Return a zone in which it is two in the morning now. The signs of Etc/GMT are those of POSIX: west is
    positive."""
    hours = (2 - datetime.now(UTC).hour + 11) % 24 - 11
    return ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")


def test_its_tests_are_read_at_once_and_its_clock_is_told_with_the_first_one(
    broker: LocalBroker, tmp_path: Path
) -> None:
    station, zone = f"m-{uuid4().hex[:8]}", zone_at_two()
    lz = family("pesticide")
    path = impatient_profile(lz, "lz-4000t", 0.2, tmp_path / "profiles")
    profile = lz.profile(str(path))
    tester = VirtualAnalyzer("lz", lz.simulator(profile, Random(1)), tmp_path / "ports" / "lz")
    specimens = Specimens(Random(2), items_of(profile), 0.0)
    device = {"name": "lz", "port": str(tester.port), "adapter": "pesticide", "profile": str(path)}
    document = settings_document(tmp_path, broker.port, station, device=[device], timezone=str(zone))

    def skews(centre: Centre) -> list[float | None]:
        found = [event.data for event in centre.events() if isinstance(event, DeviceEvent)]
        return [finding.clock_skew_s for finding in found if finding.state == "clock_skew"]

    def lag(data: Path) -> timedelta:
        (shown,) = status_view.as_document(data)["agent"]["devices"]
        return datetime.fromisoformat(shown["last_result_at"]) - datetime.fromisoformat(shown["last_measured_at"])

    def has_results(centre: Centre, count: int) -> bool:
        return len(centre.results()) == count

    with Rack() as rack, Centre(broker.port, station) as centre:
        tester.measure(specimens.next(analyzer_time(zone) - BEHIND - timedelta(minutes=90)))
        rack.start([tester])
        with running(document, families=family):
            wait_for(partial(has_results, centre, 1), timeout_s=60, what="the test in the memory")
            for number in (2, 3):
                rack.measure(tester, specimens.next(analyzer_time(zone) - BEHIND))
                wait_for(partial(has_results, centre, number), timeout_s=60, what="a test made now")
            wait_for(lambda: skews(centre), timeout_s=60, what="the skew")
            (told,) = skews(centre)
            assert told is not None
            assert abs(told + BEHIND.total_seconds()) < 120
            # The status says it a little later than the news comes.
            wait_for(lambda: abs(lag(tmp_path / "data") - BEHIND) < timedelta(minutes=2), what="the lag in the status")
        assert rack.failure is None
