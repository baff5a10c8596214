"""The bytes of the Chinese testers in the spool: results, repeats, and the time of their clocks."""

import threading
from dataclasses import dataclass
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from edge.device.clock_watch import ClockWatch
from edge.device.intake import Intake
from edge.device.recorder import Origin, Recorder
from edge.device.tally import Tally
from edge.metrics import Metrics
from edge.spool.spool import Spool
from firmware_adapters.checksums import crc8, crc16_modbus
from firmware_adapters.registry import family
from tests.unit.edge.conftest import Turned
from tests.unit.edge.spool.test_spool import events
from wire.kinds.device import DeviceEvent
from wire.kinds.result import ResultEvent, ResultV1
from wire.terms import Comparison, Role, Verdict
from wire.verdicts import shipped_limits

NOON = bytes((26, 1, 10, 12, 0, 0))


def lz(number: int, value: int, at: bytes = NOON, name: bytes = b"") -> bytes:
    body = b"\x11\x14\0" + bytes((1, 0, 0, 0, number, 0)) + name.ljust(6, b"\0") + at + value.to_bytes(2, "little")
    return b"\x7e" + body + bytes((crc8(body), 0xAA))


def tl(channel: int, value: int, standard: int = 0, verdict: int = 2) -> bytes:
    body = b"\x16\x15\0\0" + bytes((1, 0, 1, 0, channel, standard)) + NOON + bytes(4)
    body += value.to_bytes(2, "little") + bytes((verdict, 0))
    return b"\x7e" + body + bytes((crc8(body), 0xAA))


def oil(*polar: int) -> bytes:
    records = b"".join(NOON[:5] + bytes((0, 0x07, 0x08)) + number.to_bytes(2, "big") for number in polar)
    body = b"\x01\x65" + bytes((len(records),)) + records
    return body + crc16_modbus(body).to_bytes(2, "little")


@dataclass
class Station:
    """One device at one spool, as the agent runs it; making another one on the same spool is a restart."""

    spool: Spool
    turned: Turned
    adapter: str
    profile: str

    def __post_init__(self) -> None:
        origin = Origin("m1", "tester", self.adapter, self.profile, "", ZoneInfo("Asia/Shanghai"))
        self.rung: list[ResultV1] = []
        self._intake = Intake(
            origin,
            Recorder(origin, shipped_limits(), uuid4),
            self.spool,
            clock=lambda: self.turned.now,
            retry_s=0.01,
            watch=ClockWatch(300),
            metrics=Metrics(CollectorRegistry()),
            tally=Tally(lambda: 0.0),
            ring=self.rung.append,
        )
        found = family(self.adapter)
        self._decoder = found.decoder(found.profile(self.profile), passive=True)
        self._decoder.start(0.0)

    def hear(self, *frames: bytes) -> None:
        assert self._intake.take(self._decoder.receive(b"".join(frames), 0.0), threading.Event())

    def results(self) -> list[ResultV1]:
        return [event.data for event in events(self.spool) if isinstance(event, ResultEvent)]

    def clocks(self) -> list[tuple[str, float | None]]:
        found = [event.data for event in events(self.spool) if isinstance(event, DeviceEvent)]
        return [(news.reason, news.clock_skew_s) for news in found if news.state == "clock_skew"]


def test_a_day_that_is_asked_again_is_stored_once_also_after_a_restart(spool: Spool, turned: Turned) -> None:
    day = lz(1, 1234) + lz(2, 0)
    first = Station(spool, turned, "pesticide", "lz-4000t")
    first.hear(day)
    first.hear(day)
    Station(spool, turned, "pesticide", "lz-4000t").hear(day, lz(3, 99))
    assert [(result.record, result.value) for result in first.results()] == [("1", 12.34), ("2", 0.0), ("3", 0.99)]


def test_a_memory_that_wrapped_round_uses_its_numbers_for_other_tests(spool: Spool, turned: Turned) -> None:
    station = Station(spool, turned, "pesticide", "lz-4000t")
    later = bytes((26, 1, 10, 12, 0, 1))
    station.hear(lz(1, 1234), lz(1, 1235), lz(1, 1234, later))
    assert [result.value for result in station.results()] == [12.34, 12.35, 12.34]


def test_equal_values_of_one_moment_in_two_channels_are_two_results(spool: Spool, turned: Turned) -> None:
    station = Station(spool, turned, "pesticide", "tl-310")
    station.hear(tl(1, 0), tl(2, 0), tl(1, 0))
    assert [(result.channel, result.value) for result in station.results()] == [(1, 0.0), (2, 0.0)]


@pytest.mark.parametrize(("standard", "limit", "is_rung"), [(0, 50.0, True), (1, 70.0, False)])
def test_the_limit_is_that_of_the_records_own_standard(
    spool: Spool, turned: Turned, standard: int, limit: float, is_rung: bool
) -> None:
    station = Station(spool, turned, "pesticide", "tl-310")
    station.hear(tl(1, 600, standard, 1 if is_rung else 2))
    (result,) = station.results()
    assert result.limit is not None
    assert (result.limit.comparison, result.limit.value) == (Comparison.AT_LEAST, limit)
    assert bool(station.rung) is is_rung


def test_not_available_is_an_invalid_result_and_no_alarm(spool: Spool, turned: Turned) -> None:
    station = Station(spool, turned, "pesticide", "tl-310")
    station.hear(tl(1, 0x7FFE, verdict=1))
    (result,) = station.results()
    assert (result.value, result.device_verdict) == (None, Verdict.INVALID)
    assert station.rung == []


def test_polar_compounds_of_27_percent_are_kept_and_more_are_discarded(spool: Spool, turned: Turned) -> None:
    station = Station(spool, turned, "dy2620", "dy-2620")
    station.hear(oil(0, 270, 271))
    assert [result.value for result in station.results()] == [0.0, 27.0, 27.1]
    assert [result.value for result in station.rung] == [27.1]


def test_a_blank_is_marked_and_rings_nobody(spool: Spool, turned: Turned) -> None:
    station = Station(spool, turned, "dy723", "dy-723pc")
    row = "R,{},{},{},0.1,9.9,mg/kg,超标,2026-01-10 12:00:00,00,\r\n"
    station.hear(row.format(1, 1, "空白").encode("gb2312"), row.format(2, 2, "甲醛").encode("gb2312"))
    assert [result.role for result in station.results()] == [Role.BLANK, Role.SAMPLE]
    assert [result.channel for result in station.rung] == [2]


def test_impossible_times_are_told_once_and_their_text_is_kept(spool: Spool, turned: Turned) -> None:
    station = Station(spool, turned, "pesticide", "lz-4000t")
    month_13 = bytes((26, 13, 10, 12, 0, 0))
    station.hear(lz(1, 1, month_13), lz(2, 2, month_13))
    assert [(result.measured_at, result.measured_at_text) for result in station.results()] == [
        (None, "26-13-10 12:00:00")
    ] * 2
    assert station.clocks() == [("wrote an impossible time: 26-13-10 12:00:00", None)]


def test_a_clock_that_was_reset_is_told_with_its_skew(spool: Spool, turned: Turned) -> None:
    station = Station(spool, turned, "pesticide", "lz-4000t")
    for number in (1, 2, 3):
        station.hear(lz(number, number, bytes((0, 1, 1, 0, number, 0))))
        turned.forward(hours=number)
    ((reason, skew),) = station.clocks()
    assert reason == "device minus edge"
    assert skew is not None
    assert skew < -26 * 365 * 86400
