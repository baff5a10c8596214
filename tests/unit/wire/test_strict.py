"""A message that two readers would read differently is refused, in every kind of message."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.station import ChainedStation, result
from wire import codec, live, receipts, status
from wire.codec import Reason, RefusedError
from wire.live import LiveError
from wire.receipts import ReceiptError
from wire.status import StatusError

EVENT = json.loads(ChainedStation("market-1").add(result()))
STREAM = EVENT["stream"]
STATUS = {"state": "online", "at": "2026-03-02T00:00:00Z"}
RECEIPT = {"stream": STREAM, "through": 3, "at": "2026-03-02T00:00:00Z"}
Decode = Callable[[bytes], Any]
KINDS: tuple[tuple[Decode, dict[str, Any], type[Exception], str], ...] = (
    (codec.decode, EVENT, RefusedError, "time"),
    (status.decode, STATUS, StatusError, "at"),
    (receipts.decode, RECEIPT, ReceiptError, "at"),
)


@pytest.mark.parametrize(("decode", "document", "error", "key"), KINDS)
def test_the_message_itself_is_read(decode: Decode, document: dict[str, Any], error: type[Exception], key: str) -> None:
    decode(json.dumps(document).encode())


@pytest.mark.parametrize(("decode", "document", "error", "key"), KINDS)
@pytest.mark.parametrize("moment", [1772409600, 1772409600.5, "1772409600", "1772409600.5", "-1", True, "2026-03-02"])
def test_a_number_is_no_time(
    decode: Decode, document: dict[str, Any], error: type[Exception], key: str, moment: object
) -> None:
    with pytest.raises(error):
        decode(json.dumps({**document, key: moment}).encode())


@pytest.mark.parametrize(("decode", "document", "error", "key"), KINDS)
def test_a_key_that_stands_twice_is_refused_however_it_is_written(
    decode: Decode, document: dict[str, Any], error: type[Exception], key: str
) -> None:
    text = json.dumps(document)
    for again in (f'"{key}"', '"' + "".join(f"\\u{ord(letter):04x}" for letter in key) + '"', f' "{key}" '):
        with pytest.raises(error, match=f"the key '{key}' stands twice"):
            decode((text[:-1] + f", {again}: {json.dumps(document[key])}}}").encode())


def test_a_key_that_stands_twice_within_the_data_is_refused() -> None:
    text = json.dumps(EVENT).replace('"unit": "%"', '"unit": "%", "value": 1.0')
    with pytest.raises(RefusedError, match="'value' stands twice") as refused:
        codec.decode(text.encode())
    assert refused.value.reason is Reason.NOT_JSON


def test_a_command_for_pictures_is_read_as_strictly() -> None:
    with pytest.raises(LiveError, match="stands twice"):
        live.decode(b'{"camera": "a", "camera": "b"}')


@pytest.mark.parametrize("number", ["1" * 5000, "1e5000"])
def test_a_number_without_end_is_refused_and_not_raised(number: str) -> None:
    text = json.dumps(EVENT).replace('"sequence": 1', f'"sequence": {number}')
    with pytest.raises(RefusedError):
        codec.decode(text.encode())
