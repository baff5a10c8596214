"""Event <-> the exact bytes of a message. Whoever stores or hashes an event uses the bytes, never a second encoding."""

import json
from enum import StrEnum
from typing import Any, NoReturn

from pydantic import ValidationError

from wire.events import EVENT, Event

MAX_BYTES = 64 * 1024


class Reason(StrEnum):
    """Why a message was refused. A counter's label and a column in `quarantine`: a name, never prose."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_EVENT = "not_an_event"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_STATION = "wrong_station"
    UNKNOWN_STATION = "unknown_station"
    BAD_TOPIC = "bad_topic"
    FORKED = "forked"
    REPLAYED = "replayed"
    NOT_STORABLE = "not_storable"


class RefusedError(ValueError):
    """A message that cannot be accepted."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def encode(event: Event) -> bytes:
    """The one encoding of a new event. Raises RefusedError(TOO_LARGE) above 64 KiB."""
    body = event.model_dump_json(exclude_defaults=True).encode()
    if len(body) > MAX_BYTES:
        raise RefusedError(Reason.TOO_LARGE, f"{len(body)} bytes, {MAX_BYTES} at most")
    return body


def decode(body: bytes) -> Event:
    """The event in `body`. Raises RefusedError with a named reason for anything else; no other exception."""
    if len(body) > MAX_BYTES:
        raise RefusedError(Reason.TOO_LARGE, f"{len(body)} bytes, {MAX_BYTES} at most")
    # pydantic's parser takes NaN where no field looks at it, and PostgreSQL's text has no NUL.
    if b"NaN" in body or b"Infinity" in body or b"\\u0000" in body:
        _check_strictly(body)
    try:
        return EVENT.validate_json(body)
    except ValidationError as exc:
        raise _refusal(body, exc) from exc


def _check_strictly(body: bytes) -> None:
    def refuse(constant: str) -> NoReturn:
        raise RefusedError(Reason.NOT_JSON, f"{constant} is not JSON")

    try:
        document = json.loads(body, parse_constant=refuse)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as exc:
        raise RefusedError(Reason.NOT_JSON, str(exc)[:500]) from exc
    if _has_nul(document):
        raise RefusedError(Reason.NOT_STORABLE, "a text holds U+0000")


def _has_nul(document: Any) -> bool:
    match document:
        case str():
            return "\0" in document
        case dict():
            return any(_has_nul(key) or _has_nul(value) for key, value in document.items())
        case list():
            return any(_has_nul(value) for value in document)
        case _:
            return False


def _refusal(body: bytes, exc: ValidationError) -> RefusedError:
    first = exc.errors(include_url=False, include_input=False)[0]
    detail = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"[:500]
    if first["type"] == "json_invalid":
        try:
            body.decode()
        except UnicodeDecodeError as bad:
            return RefusedError(Reason.NOT_UTF8, str(bad)[:500])
        return RefusedError(Reason.NOT_JSON, detail)
    if first["type"] == "union_tag_invalid":
        return RefusedError(Reason.UNKNOWN_TYPE, detail)
    return RefusedError(Reason.NOT_AN_EVENT, detail)
