"""The quick look at an event's place says what wire.codec says, or nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.station import ChainedStation, result
from wire import codec, links

STATION = ChainedStation("market-1")
for number in range(3):
    STATION.add(result(12.5, number=str(number)))
STATION.checkpoint()


@pytest.mark.parametrize("body", STATION.bodies)
def test_the_place_is_the_one_of_the_codec(body: bytes) -> None:
    event = codec.read(body)
    assert links.read(body) == (str(event.stream), event.sequence, event.previoushash, event.type)


@pytest.mark.parametrize(
    "change",
    [
        (b'"sequence":2', b'"sequence":2,"sequence":2'),
        (b'"sequence":2', b'"sequence" :2,"sequence":2'),
        (b'"sequence":2', b'"sequence":2,"sequ\\u0065nce":3'),
        (b'"sequence":2', b'"sequence"\n:2'),
        (b'"sequence":2', b'"sequence":true'),
        (b'"sequence":2', b'"sequence":2.0'),
        (b'"number":"1"', b'"number":"1","number":"2"'),
        (b'"value":12.5', b'"value":NaN'),
        (b'{"specversion"', b'[{"specversion"'),
        (b'"previoushash"', b'"other"'),
        (b"market-1", b"market-\xff"),
    ],
)
def test_whatever_is_not_plain_is_left_to_the_codec(change: tuple[bytes, bytes]) -> None:
    body = STATION.bodies[1]
    assert change[0] in body
    assert links.read(body.replace(*change, 1)) is None


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_a_key_that_stands_twice_is_never_passed_over(more: dict[str, object]) -> None:
    document = json.loads(STATION.bodies[1]) | {"data": more}
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    twice = body.replace(b'"data":{', b'"data":{"a":1,"a":2' + (b"," if more else b""), 1)
    assert links.read(twice) is None
