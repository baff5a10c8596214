"""An old event must always be readable: the bytes in golden/ were written once and never change.

A new version of an event adds a file; no file is edited. The stream in golden/stream-v1.jsonl is a whole chain with a
signed checkpoint, as an edge wrote it.
"""

import pytest

from tests.support.kinds import GOLDEN, STREAMS
from wire import chain, codec, receipts, status
from wire.kinds import BY_TYPE
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.envelope import ZERO_HASH
from wire.kinds.result import ResultEvent
from wire.terms import Verdict

STREAM = STREAMS["stream-v1"]
EVENTS = [body for bodies in STREAMS.values() for body in bodies]


@pytest.mark.parametrize("body", EVENTS, ids=lambda body: codec.decode(body).type)
def test_a_golden_event_is_read_and_written_back_byte_for_byte(body: bytes) -> None:
    assert codec.encode(codec.decode(body)) == body


def test_every_type_has_golden_bytes() -> None:
    assert {codec.decode(body).type for body in EVENTS} == set(BY_TYPE)


def test_the_golden_stream_is_one_whole_signed_chain() -> None:
    previous = ZERO_HASH
    for number, body in enumerate(STREAM, start=1):
        event = codec.decode(body)
        assert event.sequence == number
        assert event.previoushash == previous
        if isinstance(event, CheckpointEvent):
            assert event.data.hash == previous
            assert chain.is_signed(event.data, event.stream)
        previous = chain.digest(body)
    assert previous == "89832c28681fefc25996ffa65f9f8d3cd69e63822fc45e9a63774da521f3c325"


def test_the_golden_result_means_what_it_meant() -> None:
    event = codec.decode(STREAM[0])
    assert isinstance(event, ResultEvent)
    assert (event.station, event.device) == ("dongmen-market", "lz-1")
    assert event.data.value == 63.2
    assert event.data.value_text == "63.20"
    assert event.data.device_verdict is Verdict.FAIL
    assert event.data.sample.commodity == "韭菜"
    assert event.data.limit is not None
    assert event.data.limit.value == 50.0


def test_a_golden_receipt_and_status_are_read() -> None:
    receipt = receipts.decode((GOLDEN / "receipt-v1.json").read_bytes())
    assert (receipt.through, receipt.extra, receipt.refused[0].reason) == (5, (7, 9), "unknown_station")
    assert status.decode((GOLDEN / "status-v1.json").read_bytes()).waiting == 12
