"""Whatever a broker hands over, `accept` answers and never raises."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ingest.accept import Accepted, Refused, accept
from ingest.statuses import StatusNews, accept_status
from tests.support.station import ChainedStation, result

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
STATION = ChainedStation("market-1")
BODY = STATION.add(result())


@given(topic=st.text(), body=st.binary(max_size=400))
def test_any_bytes_on_any_topic_are_answered(topic: str, body: bytes) -> None:
    assert isinstance(accept(topic, body), Refused)
    assert not isinstance(accept_status(topic, body), StatusNews)


@given(document=_JSON)
def test_any_json_is_answered(document: object) -> None:
    assert isinstance(accept(STATION.topic, json.dumps(document).encode("utf-8", "surrogatepass")), Refused)


@given(data=st.data())
def test_an_event_with_one_attribute_exchanged_is_answered_and_keeps_its_bytes(data: st.DataObject) -> None:
    document = json.loads(BODY)
    where = data.draw(st.sampled_from([document, document["data"], document["data"]["sample"]]))
    where[data.draw(st.sampled_from(sorted(where)))] = data.draw(_JSON)
    body = json.dumps(document).encode()
    answer = accept(STATION.topic, body)
    assert answer.body == body
    assert isinstance(answer, Accepted | Refused)


@given(at=st.integers(0, len(BODY) - 1), value=st.integers(0, 255))
def test_an_event_with_one_byte_exchanged_is_answered(at: int, value: int) -> None:
    body = BODY[:at] + bytes([value]) + BODY[at + 1 :]
    assert isinstance(accept(STATION.topic, body), Accepted | Refused)
