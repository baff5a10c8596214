from edge.device.presence import Presence


def test_a_state_is_reported_once_it_has_lasted() -> None:
    presence = Presence(2.0)
    seen = [presence.see(True, now) for now in (0.0, 1.0, 2.0, 3.0)]
    assert seen == [None, None, True, None]
    assert [presence.see(False, now) for now in (10.0, 11.0)] == [None, None]
    assert presence.see(True, 11.5) is None, "it was back before it was worth an event"
    assert presence.see(True, 100.0) is None


def test_a_port_that_flaps_for_an_hour_makes_few_events() -> None:
    presence = Presence(2.0)
    reports = [presence.see((step // 5) % 2 == 0, float(step)) for step in range(3600)]
    assert sum(report is not None for report in reports) < 10


def test_after_ten_calm_minutes_it_is_quick_again() -> None:
    presence = Presence(2.0)
    for start in range(0, 400, 100):
        for step in range(100):
            presence.see(start % 200 == 0, float(start + step))
    presence.see(True, 2000.0)
    assert [presence.see(True, now) for now in (2001.9, 2002.1)] == [None, True]
