"""A station's status: retained on its topic, and its last will."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, ValidationError

from wire.events import Model


class Status(Model):
    """`offline` is published by the broker as the last will: its `at` is when the agent connected."""

    state: Literal["online", "offline"]
    at: AwareDatetime
    version: Annotated[str, Field(max_length=64)] = ""
    stream: UUID | None = None
    waiting: Annotated[int, Field(ge=0, description="events in the spool without a receipt")] = 0


class StatusError(ValueError):
    """The bytes are not a status."""


def encode(status: Status) -> bytes:
    return status.model_dump_json().encode()


def decode(body: bytes) -> Status:
    """Raises StatusError."""
    try:
        return Status.model_validate_json(body)
    except ValidationError as exc:
        raise StatusError(str(exc)) from exc
