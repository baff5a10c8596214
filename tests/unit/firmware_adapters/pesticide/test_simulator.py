"""The simulators answer as the layouts say; their bytes are compared with hand-written ones."""

# ruff: noqa: DTZ001 - the clock of a device has no zone
from datetime import datetime
from random import Random

from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.pesticide import FAMILY
from firmware_adapters.pesticide.simulator import Lz4000t, Quirks, Tl310
from tests.contract.test_pesticide import TL_NA, TL_PASS
from wire.terms import Verdict

MOMENT = datetime(2026, 3, 5, 9, 41, 7)
LZ_DAY = bytes.fromhex("7E 10 03 00 1A 03 05 63 AA")
TL_ALL = bytes.fromhex("7E 15 04 00 FF FF FF FF 4D AA")
TL_LAST = bytes.fromhex("7E 15 04 00 FF 00 00 00 2B AA")


def _specimen(value: float, verdict: Verdict = Verdict.PASS) -> Specimen:
    return Specimen("1", "白菜", "pesticide_inhibition", value, MOMENT, verdict)


def test_the_lz_4000t_answers_ping_count_and_day() -> None:
    tester = Lz4000t(Random(1), Quirks())
    tester.measure(_specimen(12.34))
    assert tester.receive(bytes.fromhex("7E 00 02 00 00 00 07 AA"), 0.0) == bytes.fromhex("7E 01 02 00 00 00 D4 AA")
    record = tester.receive(LZ_DAY, 0.0)
    assert record[:24] == bytes.fromhex("7E 11 14 00 01 00 01 00 01 00 B0 D7 B2 CB 00 00 1A 03 05 09 29 07 D2 04")
    assert len(record) == 26
    assert tester.receive(bytes.fromhex("7E 12 03 00 1A 03 05 CD AA"), 0.0)[:6] == bytes.fromhex("7E 13 02 00 01 00")


def test_the_tl_310_answers_all_and_last() -> None:
    tester = Tl310(Random(1), Quirks())
    for value, verdict in ((12.3, Verdict.PASS), (80.0, Verdict.PASS), (0.0, Verdict.INVALID)):
        tester.measure(_specimen(value, verdict))
    answer = tester.receive(TL_ALL, 0.0)
    assert len(answer) == 81
    assert answer[:27] == TL_PASS
    assert answer[54:] == TL_NA
    assert tester.receive(TL_LAST, 0.0)[9:25] == TL_NA[9:25]


def test_the_tl_310_judges_by_its_standard() -> None:
    verdicts = {}
    for standard in (0, 1):
        tester = Tl310(Random(1), Quirks(), standard)
        for value in (49.9, 50.0, 69.9, 70.0):
            tester.measure(_specimen(value))
        answer = tester.receive(TL_ALL, 0.0)
        verdicts[standard] = [answer[place + 23] for place in range(0, len(answer), 27)]
    assert verdicts == {0: [2, 1, 1, 1], 1: [2, 2, 2, 1]}


def test_requests_may_come_in_pieces_and_amid_noise() -> None:
    tester = Tl310(Random(1), Quirks())
    tester.measure(_specimen(1.0))
    assert tester.receive(b"\x00\x7e\x7e\xff" + TL_ALL[:4], 0.0) == b""
    assert len(tester.receive(TL_ALL[4:], 0.0)) == 27


def test_what_is_not_documented_is_not_answered() -> None:
    for tester in (Lz4000t(Random(1), Quirks()), Tl310(Random(1), Quirks())):
        tester.measure(_specimen(1.0))
        assert tester.receive(bytes.fromhex("7E 17 04 00 FF FF FF FF AE AA"), 0.0) == b""
        assert tester.receive(TL_ALL[:-2] + b"\x00\xaa", 0.0) == b""


def test_a_split_answer_comes_whole() -> None:
    tester = Tl310(Random(1), Quirks(is_split=True))
    tester.measure(_specimen(12.3))
    first = tester.receive(TL_ALL, 5.0)
    assert tester.deadline is not None
    assert tester.tick(5.0) == b""
    assert len(first + tester.tick(tester.deadline)) == 27
    assert tester.deadline is None


def test_the_profile_chooses_the_model() -> None:
    assert isinstance(FAMILY.simulator(FAMILY.profile("tl-310"), Random(1)), Tl310)
    made = FAMILY.simulator(FAMILY.profile(), Random(1))
    assert isinstance(made, Lz4000t)
    assert isinstance(made, Simulator)
