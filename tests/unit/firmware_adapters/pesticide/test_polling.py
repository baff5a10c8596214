"""Polling: a timetable of requests, for both testers, on good and bad days."""

# ruff: noqa: DTZ001 - the clock of a device has no zone
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from firmware_adapters.contract import FrameRejected, Specimen
from firmware_adapters.pesticide import requests
from firmware_adapters.pesticide.simulator import Lz4000t, Quirks, Tl310
from tests.unit.firmware_adapters.pesticide.line import Line, profile

DAY = date(2026, 3, 5)
PING = requests.LZ_PING
TODAY = requests.lz_day(DAY)
TOMORROW = requests.lz_day(DAY + timedelta(days=1))
YESTERDAY = requests.lz_day(DAY - timedelta(days=1))
CLEAN = Quirks()


def specimen(number: int, day: date = DAY) -> Specimen:
    moment = datetime(day.year, day.month, day.day, 9, number // 60, number % 60)
    return Specimen(str(number), "白菜", "pesticide_inhibition", float(number), moment)


def lz_line(count: int = 0, quirks: Quirks = CLEAN, today: list[date] | None = None, **options: float) -> Line:
    tester = Lz4000t(Random(1), quirks)
    for number in range(count):
        tester.measure(specimen(number))
    days = today or [DAY]
    return Line(profile("lz-4000t", **{"poll_s": 10, "first_days": 0, **options}), tester, today=lambda: days[-1])


def tl_line(count: int = 0, quirks: Quirks = CLEAN, **options: float) -> Line:
    tester = Tl310(Random(1), quirks)
    for number in range(count):
        tester.measure(specimen(number))
    return Line(profile("tl-310", **{"poll_s": 5, **options}), tester)


class TestLz4000t:
    def test_first_contact_pings_and_reads_today_then_the_days_around_it(self) -> None:
        line = lz_line(first_days=2)
        line.run(5)
        days = [DAY + timedelta(days=step) for step in (0, 1, -1, -2)]
        assert line.requests() == [PING, *(requests.lz_day(day) for day in days)]

    def test_then_today_and_the_days_beside_it_every_poll(self) -> None:
        line = lz_line(3)
        line.run(5)
        line.requests()
        assert len(line.readings()) == 3
        line.simulator.measure(specimen(3))
        line.run(10)
        assert line.requests() == [PING, TODAY, TOMORROW, YESTERDAY]
        assert [reading.value for reading in line.readings()] == [0.0, 1.0, 2.0, 3.0]

    def test_after_midnight_yesterday_is_read_to_its_end(self) -> None:
        days = [DAY]
        line = lz_line(today=days)
        line.run(5)
        line.requests()
        days.append(DAY + timedelta(days=1))
        line.run(10)
        after = requests.lz_day(DAY + timedelta(days=2))
        # The day before yesterday once more, for a tester a day behind wrote there until midnight.
        assert line.requests() == [PING, TOMORROW, after, TODAY, YESTERDAY]
        line.run(10)
        assert line.requests() == [PING, TOMORROW, after, TODAY]

    def test_a_tester_whose_clock_is_days_behind_is_read_now_and_then(self) -> None:
        line = lz_line(first_days=7, recheck_s=60)
        line.run(5)
        line.simulator.measure(specimen(1, DAY - timedelta(days=5)))
        line.run(80)
        assert {reading.value for reading in line.readings()} == {1.0}

    def test_days_that_were_made_while_our_own_clock_was_ahead_are_asked_for(self) -> None:
        days = [date(2039, 1, 1)]
        line = lz_line(today=days, first_days=3, recheck_s=1e6)
        line.run(5)
        line.simulator.measure(specimen(1, DAY - timedelta(days=3)))
        days.append(DAY)
        line.run(20)
        assert {reading.value for reading in line.readings()} == {1.0}

    def test_without_a_day_it_is_only_pinged(self) -> None:
        line = Line(profile("lz-4000t"), Lz4000t(Random(1), CLEAN))
        line.run(35)
        assert set(line.requests()) == {PING}

    @pytest.mark.parametrize(
        "day", [date.min, date.max, date(1970, 1, 1), date(2100, 1, 1), date(2000, 1, 1), date(2099, 12, 31)]
    )
    def test_a_clock_that_is_wrong_by_decades_does_no_harm(self, day: date) -> None:
        line = lz_line(today=[day], first_days=7)
        line.run(30)
        assert PING in line.requests()

    def test_the_next_request_goes_out_when_the_line_was_quiet(self) -> None:
        line = lz_line(2)
        line.run(0.0)
        assert [data for _, data in line.sent] == [PING]
        line.run(0.15)
        assert [data for _, data in line.sent] == [PING, TODAY]
        assert line.sent[1][0] - line.sent[0][0] == pytest.approx(0.1)

    def test_a_day_that_is_answered_by_silence_is_asked_twice_and_taken_as_empty(self) -> None:
        line = lz_line(quirks=Quirks(is_silent_when_empty=True), recheck_s=1e6)
        line.run(30)
        line.requests()
        line.run(25)
        asked = line.requests()
        start = asked.index(PING)
        assert asked[start : start + 6] == [PING, TODAY, PING, TODAY, TOMORROW, YESTERDAY]
        line.simulator.measure(specimen(1))
        line.run(15)
        assert line.readings()[0].value == 1.0

    def test_a_tester_whose_answers_take_long_is_left_alone_as_long(self) -> None:
        line = lz_line(3, Quirks(is_split=True, split_s=1.5), poll_s=1, recheck_s=1e6)
        line.run(60)
        pings = [at for at, data in line.sent if data == PING]
        ends = [at for at, data in line.sent if data == TODAY]
        rests = [ping - end - 1.5 for end, ping in pairwise(sorted(pings[-3:] + ends[-3:])) if ping in pings]
        assert all(rest >= 1.5 for rest in rests)
        assert rests

    def test_a_dead_line_is_pinged_ever_more_rarely_and_comes_back_each_time(self) -> None:
        line = lz_line(1, backoff_s=30)
        line.run(5)
        assert len(line.readings()) == 1
        for outage in range(2):
            line.to_host = lambda _: b""
            line.requests()
            line.run(300)
            times = [at for at, _ in line.sent]
            gaps = [later - earlier for earlier, later in pairwise(times)]
            assert max(gaps) <= 32
            assert gaps[-1] > 30
            line.to_host = bytes
            line.run(35)
            assert line.readings(), f"outage {outage}"

    def test_a_request_that_was_lost_in_an_outage_is_not_taken_for_an_empty_day(self) -> None:
        line = lz_line(1)
        arrives = iter([True, False, False, False])  # the pong; then neither the day, nor the ping, nor the next one
        line.to_host = lambda answer: answer if next(arrives, True) else b""
        line.decoder.stop(line.now)
        line._act(line.decoder.start(line.now))
        line.run(60)
        assert line.readings()


class TestTl310:
    def test_first_contact_reads_all_then_the_last_and_then_only_the_last(self) -> None:
        line = tl_line(5)
        line.run(4)
        assert line.requests() == [requests.TL_ALL, requests.TL_LAST]
        assert len(line.readings()) == 6
        line.run(11)
        assert line.requests() == [requests.TL_LAST] * 2

    def test_news_are_read_by_the_days_between(self) -> None:
        line = tl_line(2)
        line.run(4)
        line.requests()
        line.readings()
        for number in (10, 11, 12):
            line.simulator.measure(specimen(number))
        line.simulator.measure(specimen(13, DAY + timedelta(days=1)))
        line.run(6)
        days = [requests.tl_day(DAY), requests.tl_day(DAY + timedelta(days=1))]
        assert line.requests() == [requests.TL_LAST, *days]
        assert {reading.value for reading in line.readings()} >= {10.0, 11.0, 12.0, 13.0}
        line.run(5)
        assert line.requests() == [requests.TL_LAST]

    @pytest.mark.parametrize("day", [DAY - timedelta(days=1), DAY + timedelta(days=30)])
    def test_where_the_dates_make_no_sense_all_is_read_again(self, day: date) -> None:
        line = tl_line(2)
        line.run(4)
        line.requests()
        line.simulator.measure(specimen(3, day))
        line.run(6)
        assert line.requests() == [requests.TL_LAST, requests.TL_ALL]

    @pytest.mark.parametrize("is_silent", [True, False])
    def test_an_empty_memory_is_no_fault_and_the_first_record_is_found(self, is_silent: bool) -> None:
        line = tl_line(quirks=Quirks(is_silent_when_empty=is_silent))
        line.run(60)
        assert not line.readings()
        line.simulator.measure(specimen(1))
        line.run(40)
        assert line.readings()[0].value == 1.0

    def test_an_incomplete_train_is_asked_for_again(self) -> None:
        line = tl_line(0)
        line.run(1)
        for number in range(20):
            line.simulator.measure(specimen(number))
        cut = [True]

        def cut_first_train(answer: bytes) -> bytes:
            if len(answer) > 200 and cut:
                cut.pop()
                return answer[:100]
            return answer

        line.to_host = cut_first_train
        line.run(30)
        assert {reading.value for reading in line.readings()} == {float(number) for number in range(20)}

    def test_an_answer_that_breaks_off_each_time_is_reported_and_asked_for_in_the_next_round(self) -> None:
        line = tl_line(20)
        random = Random(5)
        line.to_host = lambda answer: answer[: random.randrange(54, 200)] if len(answer) > 200 else answer
        line.decoder.stop(line.now)
        line.outputs.clear()
        line._act(line.decoder.start(line.now))
        line.run(30)
        broken = [
            output for output in line.outputs if isinstance(output, FrameRejected) and "broke off" in output.detail
        ]
        assert broken
        assert broken[0].reason == "timeout"
        line.to_host = bytes
        line.readings()
        line.run(30)
        assert len({reading.value for reading in line.readings()}) == 20

    def test_a_total_that_counts_more_than_is_sent_is_believed_for_two_answers_only(self) -> None:
        line = tl_line(3)
        line.run(4)
        line.readings()
        line.requests()
        line.simulator.measure(specimen(4))
        # The tester "forgets" the same record in every answer: its total is never reached.
        line.to_host = lambda answer: answer[27:] if len(answer) > 27 else answer
        line.run(20)
        asked = line.requests()
        assert asked.count(requests.tl_day(DAY)) == 2
        assert not [output for output in line.outputs if isinstance(output, FrameRejected)]

    def test_repeated_frames_bad_checks_and_split_answers_lose_nothing(self) -> None:
        line = tl_line(30, Quirks(bad_crc=0.02, repeats=0.3, is_split=True), repeats=10)
        line.run(120)
        assert {reading.value for reading in line.readings()} == {float(number) for number in range(30)}
