"""Rotas: who is on duty when, along which rotas an alert goes, and the calendar file."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from server.delivery.hours import Window
from server.duty import ical
from server.duty.rota import Override, Rota, Shift, Span, chain, on_duty, spans
from server.working_days import WorkingDays

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingDays()
WANG, LI, ZHAO = (UUID(int=number) for number in (1, 2, 3))
NAMES = {WANG: "wang", LI: "li", ZHAO: "zhao"}
MONDAY = date(2026, 3, 2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def hours(*days: str, begin: str = "08:00", end: str = "18:00") -> Window:
    return Window.model_validate({"days": list(days), "from": begin, "to": end})


def rota(*shifts: Shift, overrides: tuple[Override, ...] = (), **known: Any) -> Rota:
    of_rota = {"area": None, "after_s": 900.0, "severities": frozenset({"critical"}), **known}
    return Rota(UUID(int=9), "street", shifts=shifts, overrides=overrides, **of_rota)


DAY = Shift(WANG, hours("workday"), MONDAY)
NIGHT = Shift(LI, hours(begin="18:00", end="08:00"), MONDAY)
ILL = Override(ZHAO, at("2026-03-03 00:00"), at("2026-03-04 00:00"), "Wang is ill")


@pytest.mark.parametrize(
    ("when", "overrides", "who"),
    [
        ("2026-03-02 08:00", (), {WANG}),
        ("2026-03-02 18:00", (), {LI}),
        ("2026-03-03 07:59", (), {LI}),
        ("2026-03-07 10:00", (), set()),  # a Saturday
        ("2026-03-01 10:00", (), set()),  # before the first day
        ("2026-03-03 10:00", (ILL,), {ZHAO}),
        ("2026-03-03 20:00", (ILL,), {ZHAO}),
        ("2026-03-04 00:00", (ILL,), {LI}),
    ],
)
def test_who_is_on_duty(when: str, overrides: tuple[Override, ...], who: set[UUID]) -> None:
    found = on_duty(rota(DAY, NIGHT, overrides=overrides), at(when), SHANGHAI, CALENDAR)
    assert set(found) == who


def test_people_who_take_turns_by_the_week() -> None:
    turns = [Shift(who, hours(), MONDAY + timedelta(weeks=number), every_weeks=3) for number, who in enumerate(NAMES)]
    found = [
        on_duty(rota(*turns), at("2026-03-04 10:00") + timedelta(weeks=week), SHANGHAI, CALENDAR) for week in range(6)
    ]
    assert found == [(WANG,), (LI,), (ZHAO,)] * 2


def test_a_shift_ends_on_its_last_day() -> None:
    short = Shift(WANG, hours(), MONDAY, until_day=date(2026, 3, 3))
    found = spans(rota(short), at("2026-03-01 00:00"), at("2026-03-31 00:00"), SHANGHAI, CALENDAR)
    assert [span.starts_at for span in found] == [at("2026-03-02 08:00"), at("2026-03-03 08:00")]


def test_an_override_within_a_shift_leaves_both_ends_of_it() -> None:
    noon = Override(LI, at("2026-03-02 12:00"), at("2026-03-02 13:00"))
    found = spans(rota(DAY, overrides=(noon,)), at("2026-03-02 00:00"), at("2026-03-02 23:00"), SHANGHAI, CALENDAR)
    assert [(NAMES[span.account], span.starts_at, span.ends_at) for span in found] == [
        ("wang", at("2026-03-02 08:00"), at("2026-03-02 12:00")),
        ("li", at("2026-03-02 12:00"), at("2026-03-02 13:00")),
        ("wang", at("2026-03-02 13:00"), at("2026-03-02 18:00")),
    ]


def test_an_alert_goes_upwards_along_the_rotas_that_want_it() -> None:
    street, city, district = rota(area="street"), rota(area="city"), rota(severities=frozenset({"critical", "warning"}))
    rotas = [district, city, street]
    assert chain(rotas, ["street", "city"], "critical") == [street, city, district]
    assert chain(rotas, ["other", "city"], "critical") == [city, district]
    assert chain(rotas, ["street", "city"], "warning") == [district]
    assert chain(rotas, [], "info") == []


def test_the_calendar_file_is_folded_and_escaped() -> None:
    long = "王" * 60 + ", the; last\nline"
    span = Span(WANG, at("2026-03-02 08:00"), at("2026-03-02 18:00"), long, is_override=True)
    text = ical.calendar("街道, 值班", [span], {WANG: "王丽"}, at("2026-03-01 00:00"), "值班")
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    whole = text.replace("\r\n ", "")
    assert "DTSTART:20260302T000000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:值班 王丽\r\n" in whole
    assert "X-WR-CALNAME:街道\\, 值班" in whole
    assert "\\, the\\; last\\nline" in whole
