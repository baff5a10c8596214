"""The times at which the station's status is told again."""

from edge.uplink.status_news import StatusNews


def told(news: StatusNews, *looks: tuple[float, object]) -> list[float]:
    return [now for now, weight in looks if news.is_due(weight, now)]


def test_a_status_goes_out_at_first_and_every_period() -> None:
    news = StatusNews(30.0)
    assert told(news, (5.0, 0), (6.0, 0), (34.9, 0), (35.0, 0), (64.0, 0), (66.0, 0)) == [5.0, 35.0, 66.0]
    assert news.due_s(67.0) == 29.0


def test_what_weighs_is_told_at_once_but_a_loose_plug_makes_no_flood() -> None:
    news = StatusNews(30.0)
    looks = [(10.0 + step / 10, step % 2) for step in range(100)]
    assert told(news, (0.0, "full"), (9.0, 1), *looks)[:3] == [0.0, 9.0, 11.0]
    assert len(told(StatusNews(30.0), *looks)) == 5


def test_a_change_that_came_too_early_is_told_a_little_later() -> None:
    assert told(StatusNews(30.0), (0.0, 0), (0.5, 1), (1.9, 1), (2.0, 1), (2.5, 1)) == [0.0, 2.0]
