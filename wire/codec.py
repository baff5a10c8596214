"""Event <-> the exact bytes of a message. Whoever stores or hashes an event uses the bytes, never a second encoding."""

from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from wire import strict
from wire.events import EVENT
from wire.kinds import Event, Received
from wire.kinds.envelope import NotUnderstood

MAX_BYTES = 64 * 1024
_UNKNOWN = "unknown type"
_NOT_UNDERSTOOD = TypeAdapter(NotUnderstood)


class Reason(StrEnum):
    """Reason why a message was refused. A counter's label and a column in `quarantine`: a name, never prose."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_EVENT = "not_an_event"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_STATION = "wrong_station"
    UNKNOWN_STATION = "unknown_station"
    REVOKED_STATION = "revoked_station"
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
    """Encode a new event in the one possible way. Raises RefusedError(TOO_LARGE) above 64 KiB."""
    body = event.model_dump_json(exclude_defaults=True).encode()
    if len(body) > MAX_BYTES:
        raise RefusedError(Reason.TOO_LARGE, f"{len(body)} bytes, {MAX_BYTES} at most")
    return body


def decode(body: bytes) -> Event:
    """Return the event in `body`. Raises RefusedError with a named reason for anything else; no other exception."""
    match read(body):
        case NotUnderstood(why=why):
            reason = Reason.UNKNOWN_TYPE if why.startswith(_UNKNOWN) else Reason.NOT_AN_EVENT
            raise RefusedError(reason, why)
        case event:
            return event


def read(body: bytes) -> Received:
    """Return the event in `body`, also one whose data is not understood yet. Raises RefusedError with a named reason
    for anything else; no other exception."""
    if len(body) > MAX_BYTES:
        raise RefusedError(Reason.TOO_LARGE, f"{len(body)} bytes, {MAX_BYTES} at most")
    try:
        document = strict.load(body)
    except UnicodeDecodeError as exc:
        raise RefusedError(Reason.NOT_UTF8, str(exc)[:500]) from exc
    except (ValueError, RecursionError) as exc:
        raise RefusedError(Reason.NOT_JSON, str(exc)[:500]) from exc
    # PostgreSQL's text has no NUL.
    if b"\\u0000" in body and _has_nul(document):
        raise RefusedError(Reason.NOT_STORABLE, "a text holds U+0000")
    try:
        return EVENT.validate_json(body, strict=True)
    except ValidationError as exc:
        refusal = _refusal(exc)
    # The envelope may be sound all the same: a station may be newer than its centre.
    try:
        found = _NOT_UNDERSTOOD.validate_json(body, strict=True)
    except ValidationError as exc:
        raise refusal from exc
    unknown = refusal.reason is Reason.UNKNOWN_TYPE
    return found.model_copy(update={"why": f"{_UNKNOWN} {found.type}" if unknown else refusal.detail})


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


def _refusal(exc: ValidationError) -> RefusedError:
    first = exc.errors(include_url=False, include_input=False)[0]
    detail = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"[:500]
    match first["type"]:
        case "json_invalid":  # pydantic's parser has bounds of its own
            return RefusedError(Reason.NOT_JSON, detail)
        case "union_tag_invalid":
            return RefusedError(Reason.UNKNOWN_TYPE, detail)
    return RefusedError(Reason.NOT_AN_EVENT, detail)
