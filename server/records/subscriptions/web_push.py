"""The key that a browser asks for before it subscribes to Web Push. The subscription itself is made, tested and ended
like any other: its address is what the browser's `PushSubscription.toJSON()` gives."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from server.access.caller import Caller
from server.access.need import need

router = APIRouter()


def application_key() -> str | None:
    """Return the office's public key; given by `create_app`."""
    raise NotImplementedError("create_app overrides this dependency")


class PushKey(BaseModel):
    """Public key of the office, to which a browser binds its subscription."""

    key: Annotated[str | None, Field(description="`applicationServerKey`; null: this server sends no pushes")]


@router.get("/push-key")
async def push_key(
    caller: Annotated[Caller, need("subscriptions.own")],  # noqa: ARG001 - the same for all
    key: Annotated[str | None, Depends(application_key)],
) -> PushKey:
    """Return what a browser needs to subscribe to Web Push."""
    return PushKey(key=key)
