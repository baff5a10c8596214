"""Which times of a station are believed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.clocks import EARLIEST, TOLERANCE_S, judge, readable

RECEIVED = datetime(2026, 3, 2, 8, tzinfo=UTC)
_ZONES = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
_TIMES = st.datetimes(timezones=_ZONES)


@pytest.mark.parametrize(
    ("said", "offset_s", "is_believed"),
    [
        (RECEIVED, None, True),
        (RECEIVED - timedelta(days=400), None, True),  # it waited in the spool
        (RECEIVED + timedelta(seconds=TOLERANCE_S), None, True),
        (RECEIVED + timedelta(seconds=TOLERANCE_S + 0.001), None, False),
        (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), None, False),
        (EARLIEST, None, True),
        (EARLIEST - timedelta(microseconds=1), None, False),
        (datetime(2039, 1, 1, tzinfo=UTC), None, False),
        (datetime(9998, 1, 1, tzinfo=UTC), None, False),
        (RECEIVED, 300.0, True),
        (RECEIVED, -300.5, False),
        (RECEIVED - timedelta(hours=1), -3600.0, False),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), None, False),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), None, False),
    ],
)
def test_a_time_is_believed_when_it_may_be_true(said: datetime, offset_s: float | None, is_believed: bool) -> None:
    moment = judge(said, RECEIVED, offset_s)
    assert moment == (said if is_believed else RECEIVED, is_believed)


@given(said=_TIMES, offset_s=st.none() | st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_a_station_says_its_time_is_never_far_ahead_of_the_centre(
    said: datetime, offset_s: float | None
) -> None:
    at, is_believed = judge(said, RECEIVED, offset_s)
    assert EARLIEST <= at <= RECEIVED + timedelta(seconds=TOLERANCE_S)
    assert is_believed or at == RECEIVED


@given(said=_TIMES)
def test_a_readable_time_is_one_that_every_zone_can_write(said: datetime) -> None:
    found = readable(said)
    assert found in (said, None)
    if found is not None:
        for hours in (-14, 14):
            found.astimezone(timezone(timedelta(hours=hours)))
    assert readable(None) is None
