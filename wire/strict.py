"""JSON that everybody reads the same way (I-JSON, RFC 7493): no key twice, no NaN, UTF-8. Of two values under one key
every reader takes another, so that what one process judged would not be what another shows."""

import json
from datetime import datetime
from typing import Annotated, Any, NoReturn

from pydantic import AwareDatetime, BeforeValidator


def load(body: bytes) -> Any:
    """Load a document. Raises UnicodeDecodeError, ValueError (the message names the fault), RecursionError."""
    return _DECODER.decode(body.decode())


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:100]!r} stands twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)


def _written(value: object) -> object:
    """Read a text as in RFC 3339. Seconds since 1970, as a number or as its digits, stay as they are and are refused:
    pydantic would guess their unit."""
    if isinstance(value, str) and value[4:5] == value[7:8] == "-":
        return datetime.fromisoformat(value)
    return value


# A time in a message that is read with strict=True.
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
