"""Receipts: what the centre tells a station about its events. PUBACK is not delivery; a receipt is."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationError

from wire.events import MAX_SEQUENCE, Model, Sequence, Word


class Refused(Model):
    sequence: Sequence
    reason: Word


class Receipt(Model):
    """All of 1..through is stored, and so is each of `extra`; each of `refused` lies in quarantine, with the reason."""

    stream: UUID
    through: Annotated[int, Field(ge=0, le=MAX_SEQUENCE)]
    extra: tuple[Sequence, ...] = ()
    refused: tuple[Refused, ...] = ()


class ReceiptError(ValueError):
    """The bytes are not a receipt."""


def encode(receipt: Receipt) -> bytes:
    return receipt.model_dump_json().encode()


def decode(body: bytes) -> Receipt:
    """Raises ReceiptError."""
    try:
        return Receipt.model_validate_json(body)
    except ValidationError as exc:
        raise ReceiptError(str(exc)) from exc
