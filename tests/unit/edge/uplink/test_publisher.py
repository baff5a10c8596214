"""A PUBLISH that is written by hand reads as one of paho's, and every PUBACK is heard, however the bytes are cut."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paho.mqtt import client as mqtt

from edge.uplink.publisher import Publisher
from ingest.fast_client import split_publish

NOBODY = "No matching subscribers"


@dataclass
class Line:
    """A publisher, and the broker's end of its connection."""

    publisher: Publisher
    broker: socket.socket
    answers: list[tuple[int, str]] = field(default_factory=list)

    def hear(self, *pieces: bytes) -> list[tuple[int, str]]:
        """Let the broker say `pieces`, each read by itself, and return the answers."""
        self.answers.clear()
        for piece in pieces:
            self.broker.sendall(piece)
            assert self.publisher.loop_read() == mqtt.MQTT_ERR_SUCCESS
            while self.publisher.has_input:
                assert self.publisher.loop_read() == mqtt.MQTT_ERR_SUCCESS
        return list(self.answers)


@pytest.fixture
def line() -> Iterator[Line]:
    answers: list[tuple[int, str]] = []
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    publisher = Publisher("edge-1", lambda mid, reason: answers.append((mid, reason)))
    publisher._sock = ours
    yield Line(publisher, theirs, answers)
    ours.close()
    theirs.close()


def puback(mid: int, *more: int) -> bytes:
    return bytes([0x40, 2 + len(more)]) + mid.to_bytes(2) + bytes(more)


@pytest.mark.parametrize("size", [0, 1, 100, 127, 128, 16_000, 16_384, 65_536])
def test_an_event_is_a_publish_of_qos_1(line: Line, size: int) -> None:
    mid = line.publisher.send(b"shian/1/m1/events", b"\0", b"x" * size)
    sent, length, shift, at = bytes(line.publisher._out), 0, 0, 1
    assert sent[0] == 0x32
    while True:
        length |= (sent[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if sent[at - 1] < 0x80:
            break
    assert len(sent) - at == length
    assert split_publish(sent[at:]) == (b"shian/1/m1/events", b"x" * size, mid)


def test_nothing_leaves_before_the_flush(line: Line) -> None:
    line.publisher.send(b"t", b"\0", b"one")
    line.publisher.send(b"t", b"\0", b"two")
    line.broker.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.broker.recv(1)
    line.publisher.flush()
    assert line.broker.recv(100).count(b"\x00\x01t") == 2
    assert not line.publisher.has_output


def test_a_puback_says_why_nobody_took_the_event(line: Line) -> None:
    mids = [line.publisher.send(b"t", b"\0", b"") for _ in range(5)]
    said = line.hear(
        puback(mids[0])
        + puback(mids[1], 0x10)
        + puback(mids[2], 0x87, 0)
        + puback(mids[3], 0, 0)
        + puback(mids[4], 0x01)
    )
    reasons = ["", NOBODY, "Not authorized", "", "code 1"]
    assert said == list(zip(mids, reasons, strict=True))


def test_a_puback_that_comes_twice_or_for_nothing_is_heard_once(line: Line) -> None:
    mid = line.publisher.send(b"t", b"\0", b"")
    assert line.hear(puback(mid), puback(mid), puback(mid + 7)) == [(mid, "")]


def test_a_number_that_waits_is_not_given_twice(line: Line) -> None:
    first = line.publisher.send(b"t", b"\0", b"")
    line.publisher._last_mid = 65_535
    assert line.publisher.send(b"t", b"\0", b"") == first + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 40), reasons=st.data())
def test_every_puback_is_heard_wherever_the_bytes_are_cut(line: Line, count: int, reasons: st.DataObject) -> None:
    mids = [line.publisher.send(b"t", b"\0", b"") for _ in range(count)]
    line.publisher._out.clear()
    codes = reasons.draw(st.lists(st.sampled_from([None, 0, 0x10]), min_size=count, max_size=count))
    said = b"".join(puback(mid, *([] if code is None else [code])) for mid, code in zip(mids, codes, strict=True))
    cuts = sorted(reasons.draw(st.sets(st.integers(1, len(said) - 1), max_size=8)))
    pieces = [said[start:end] for start, end in zip([0, *cuts], [*cuts, len(said)], strict=True)]
    assert line.hear(*pieces) == [(mid, NOBODY if code else "") for mid, code in zip(mids, codes, strict=True)]
