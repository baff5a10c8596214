"""One request at a time, time-outs, back-off, and the request table."""

from collections.abc import Callable

import pytest

from firmware_adapters.asking import Ask, Asker, Dialogue, ForbiddenRequestError, PollingSettings, exactly
from firmware_adapters.framing import Found

SETTINGS = PollingSettings(poll_s=10, reply_s=2, gap_s=0.1, backoff_s=7)
TABLE = (exactly("hello", b"H"), exactly("read", b"R"))


def _asker(begin: Callable[[], Dialogue]) -> Asker:
    return Asker(begin, TABLE, SETTINGS, 0.0)


def _found(kind: str) -> Found:
    return Found(0, b"", kind)


def _hello_then_read() -> Dialogue:
    yield Ask(b"H", wants=("hello",))
    yield Ask(b"R", wants=("end",))


def test_the_next_request_waits_for_the_answer_and_for_a_quiet_line() -> None:
    asker = _asker(_hello_then_read)
    assert asker.tick(0.0) == (b"H", False)
    assert asker.deadline == 2.0
    asker.heard(_found("hello"), 1.0)
    assert asker.deadline == 1.1
    asker.heard(_found("late"), 1.05)
    assert asker.deadline == pytest.approx(1.15)
    assert asker.tick(1.2) == (b"R", False)
    asker.heard(_found("record"), 2.0)
    assert asker.deadline == 4.0
    asker.heard(_found("end"), 3.0)
    assert asker.tick(3.2) == (b"", False)
    assert asker.deadline == 13.2


def test_silence_ends_the_round_and_the_wait_doubles_up_to_its_bound() -> None:
    asker = _asker(_hello_then_read)
    now, waits = 0.0, []
    for _ in range(4):
        assert asker.tick(now) == (b"H", False)
        now = asker.deadline
        assert asker.tick(now) == (b"", False)
        waits.append(asker.deadline - now)
        now = asker.deadline
    assert waits == [4, 7, 7, 7]
    asker.tick(now)
    asker.heard(_found("hello"), now)
    asker.tick(now + 1)
    asker.heard(_found("end"), now + 1)
    asker.tick(now + 2)
    asker.tick(now + 20)
    assert asker.tick(now + 30) == (b"", False)
    assert asker.deadline == now + 34, "a good round made the wait short again"


def test_an_answer_that_broke_off_is_said() -> None:
    asker = _asker(_hello_then_read)
    asker.tick(0.0)
    asker.heard(_found("record"), 0.5)
    assert asker.tick(2.5) == (b"", True)


def test_silence_may_be_an_answer_and_a_quiet_line_may_complete_one() -> None:
    heard: list[object] = []

    def dialogue() -> Dialogue:
        heard.append((yield Ask(b"H", wants=("hello",), may_be_silent=True)))
        heard.append((yield Ask(b"R")))

    asker = _asker(dialogue)
    asker.tick(0.0)
    assert asker.tick(2.0) == (b"R", False)
    asker.heard(_found("record"), 2.5)
    assert asker.tick(4.5) == (b"", False)
    assert heard == [None, _found("record")]


def test_nothing_leaves_that_is_not_in_the_table() -> None:
    def dialogue() -> Dialogue:
        yield Ask(b"E")

    with pytest.raises(ForbiddenRequestError, match="45"):
        _asker(dialogue).tick(0.0)
