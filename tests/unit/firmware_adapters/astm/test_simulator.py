"""The virtual analyzer minds the sender's rules. Its messages are held against the decoder in the conformance kit."""

from datetime import datetime
from random import Random

import pytest

from firmware_adapters.astm import FAMILY
from firmware_adapters.astm.simulator import AstmSimulator
from firmware_adapters.contract import Specimen
from tests.unit.firmware_adapters.astm.framing import ACK, ENQ, EOT, NAK

SPECIMEN = Specimen("1", "草鱼", "nitrite", 1.5, datetime.fromisoformat("2026-11-23T08:00:00"))


@pytest.fixture
def simulator() -> AstmSimulator:
    return AstmSimulator(FAMILY.profile("virtual-food"), Random(1))


@pytest.fixture
def calling(simulator: AstmSimulator) -> AstmSimulator:
    simulator.measure(SPECIMEN)
    assert simulator.tick(0.0) == ENQ
    return simulator


def test_without_a_test_it_is_silent(simulator: AstmSimulator) -> None:
    assert simulator.deadline is None
    assert simulator.tick(0.0) == b""


def test_it_sends_frame_by_frame_and_counts_what_was_taken(calling: AstmSimulator) -> None:
    sent = [calling.receive(ACK, 1.0)]
    while sent[-1] != EOT:
        sent.append(calling.receive(ACK, 1.0))
    assert [frame[1:3] for frame in sent[:-1]] == [b"1H", b"2P", b"3O", b"4R", b"5L"]
    assert calling.delivered == 1
    assert calling.deadline is None


def test_a_busy_host_is_called_again_after_ten_seconds(calling: AstmSimulator) -> None:
    assert calling.receive(NAK, 1.0) == b""
    assert calling.deadline == 11.0
    assert calling.tick(10.9) == b""
    assert calling.tick(11.0) == ENQ


def test_in_contention_it_calls_again_after_a_second(calling: AstmSimulator) -> None:
    assert calling.receive(ENQ, 1.0) == b""
    assert calling.tick(2.0) == ENQ


def test_six_refusals_end_the_transfer_and_keep_the_message(calling: AstmSimulator) -> None:
    first = calling.receive(ACK, 1.0)
    assert [calling.receive(NAK, 1.0) for _ in range(6)] == [first] * 5 + [EOT]
    assert calling.delivered == 0
    assert calling.deadline == 11.0
    assert calling.tick(11.0) == ENQ
    assert calling.receive(ACK, 11.0) == first


@pytest.mark.parametrize("begins", [False, True])
def test_silence_of_fifteen_seconds_ends_the_transfer(calling: AstmSimulator, begins: bool) -> None:
    if begins:
        calling.receive(ACK, 0.0)
    assert calling.tick(14.9) == b""
    assert calling.tick(15.0) == EOT
    assert calling.tick(25.0) == ENQ


def test_an_interrupt_by_the_host_counts_as_taken(calling: AstmSimulator) -> None:
    calling.receive(ACK, 0.0)
    assert calling.receive(EOT, 0.0)[1:3] == b"2P"


def test_what_came_before_our_frame_is_no_answer_to_it(calling: AstmSimulator) -> None:
    assert calling.receive(ACK + ACK, 0.0)[1:3] == b"1H"
    assert calling.receive(ACK, 0.0)[1:3] == b"2P"


def test_it_takes_no_orders_from_the_host(simulator: AstmSimulator) -> None:
    assert simulator.receive(ENQ, 0.0) == NAK
