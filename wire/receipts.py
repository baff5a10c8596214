"""Receipts: what the centre tells a station about its events. PUBACK is not delivery; a receipt is."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from wire import strict
from wire.anchors import Anchor
from wire.kinds.envelope import MAX_SEQUENCE, Hash, Model, Sequence, Word
from wire.strict import Moment

MARK = 16  # hex digits of a hash that tell two bodies under one number apart
Mark = Annotated[str, Field(pattern=rf"^[0-9a-f]{{{MARK}}}$")]


def _if_understood(value: object, validate: ValidatorFunctionWrapHandler) -> Anchor | None:
    """Return the anchor, or None for one of a newer centre: the receipt holds all the same."""
    try:
        anchor: Anchor | None = validate(value)
    except ValidationError:
        return None
    return anchor


class Refused(Model):
    sequence: Sequence
    reason: Word


class Receipt(Model):
    """All of 1..through is stored, and so is each of `extra`; each of `refused` lies in quarantine, with the reason.

    `hash` is that of the centre's event `through`: the chain makes it vouch for every event before. `extra_marks` are
    the first digits of the hashes of `extra`, in its order. A spool that has other hashes is not what the centre has.
    `at` is the centre's clock. A centre older than these says none of the three. The answer to a station's status is a
    receipt too, so that a station learns what the centre has before it sends; `answers` says to which status: all that
    had a receipt before that was sent is in it. `anchor`, in such an answer, is the newest signed statement about all
    streams (wire/anchors.py): the station keeps it as a witness."""

    stream: UUID
    through: Annotated[int, Field(ge=0, le=MAX_SEQUENCE)]
    extra: tuple[Sequence, ...] = ()
    refused: tuple[Refused, ...] = ()
    hash: Hash | None = None
    extra_marks: tuple[Mark, ...] = ()
    at: Moment | None = None
    answers: UUID | None = None
    anchor: Annotated[Anchor | None, WrapValidator(_if_understood)] = None


class ReceiptError(ValueError):
    """The bytes are not a receipt."""


def encode(receipt: Receipt) -> bytes:
    return receipt.model_dump_json(exclude=None if receipt.anchor else {"anchor"}).encode()


def decode(body: bytes) -> Receipt:
    """Decode a receipt. Raises ReceiptError."""
    try:
        strict.load(body)
        return Receipt.model_validate_json(body, strict=True)
    except (ValueError, RecursionError) as exc:
        raise ReceiptError(str(exc)) from exc
