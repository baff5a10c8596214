"""The demo district as data, and what its analyzers measure."""

from datetime import datetime
from random import Random

from firmware_adapters.registry import family
from shian.demo.district import Equipment, Pace, Samples, fail_rate, shipped
from wire.terms import Verdict
from wire.verdicts import is_violated, shipped_limits
from wire.words import ITEMS, QUANTITIES

AT = datetime(2026, 3, 2, 8, 0, 0)  # noqa: DTZ001  a device has no zone


def samples(seed: int = 1) -> Samples:
    return Samples(Random(seed), {item.code: item for item in shipped().item}, has_early_failure=False)


def test_there_are_at_least_eight_stations_of_at_least_six_families_in_known_areas() -> None:
    district = shipped()
    assert len(district.station) >= 8
    assert len({device.adapter for station in district.station for device in station.device}) >= 6
    areas = {area.code for area in district.area}
    assert {station.area for station in district.station} <= areas
    assert {area.parent for area in district.area} - {None} <= areas
    items = {item.code for item in district.item}
    tested = {test.item for station in district.station for device in station.device for test in device.tests}
    assert tested == items


def test_every_device_and_camera_has_a_title_in_both_languages() -> None:
    for station in shipped().station:
        shown: tuple[Equipment, ...] = (*station.device, *station.camera)
        assert [one.name for one in shown if not (one.title and one.title_en)] == []


def test_about_one_sample_in_a_hundred_fails_and_the_rate_changes_with_time() -> None:
    station = shipped().station[0]
    maker = samples()
    made = [maker.next(station.name, station.device[0], AT, second) for second in range(20_000)]
    failed = sum(specimen.verdict is Verdict.FAIL for specimen in made)
    assert 120 < failed < 280
    assert fail_rate(225) > 4 * fail_rate(675)


def test_every_value_agrees_with_its_verdict_under_the_shipped_limits() -> None:
    limits = {limit.item: limit for limit in shipped_limits() if not limit.is_only_for_standard}
    maker = samples(2)
    for station in shipped().station:
        for device in station.device:
            for must_fail in (True, False):
                made = maker.next(station.name, device, AT, 0.0, must_fail=must_fail)
                is_failed = made.verdict is Verdict.FAIL
                assert is_failed or not (must_fail and shipped().can_fail(device))
                if limit := limits.get(made.item):
                    assert is_violated(made.value, limit.comparison, limit.value) == is_failed


def test_the_same_seed_makes_the_same_samples() -> None:
    station = shipped().station[2]
    one, two = samples(7), samples(7)
    for second in range(50):
        assert one.next("s", station.device[0], AT, second) == two.next("s", station.device[0], AT, second)


def test_an_lz_4000t_is_given_only_names_that_its_record_can_hold() -> None:
    for station in shipped().station:
        for device in station.device:
            if device.profile == "lz-4000t":
                assert all(len(name.encode("gbk")) <= 6 for test in device.tests for name in test.commodities)


def test_every_device_can_be_built_and_its_profile_knows_the_items() -> None:
    for station in shipped().station:
        for device in station.device:
            chosen = family(device.adapter)
            profile = chosen.profile(device.profile)
            known = {mapped.code for mapped in profile.items.values()}
            known |= {register["item"] for register in profile.settings.get("register", ())}
            assert {test.item for test in device.tests} <= known
            chosen.simulator(profile, Random(1))


def test_the_first_visitor_sees_a_failure_early() -> None:
    station = shipped().station[0]
    maker = Samples(Random(1), {item.code: item for item in shipped().item})
    made = [maker.next(station.name, station.device[0], AT, 0.0) for _ in range(20)]
    assert any(specimen.verdict is Verdict.FAIL for specimen in made)


def test_the_pace_keeps_its_rate_and_everybody_has_turns() -> None:
    pace = Pace(Random(3), count=9, rate=3.0)
    turns = [index for tick in range(6000) for index in pace.due(tick / 10)]
    assert 1500 < len(turns) < 2100
    assert set(turns) == set(range(9))


def test_every_item_has_a_name_in_both_languages() -> None:
    assert {item.code for item in shipped().item} <= {*ITEMS, *QUANTITIES}
