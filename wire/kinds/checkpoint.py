"""Checkpoints: signatures over the head of the chain."""

from typing import Annotated, Literal

from pydantic import Field

from wire.kinds.envelope import Data, Envelope, Hash, Sequence
from wire.kinds.kind import Kind


class CheckpointV1(Data):
    """The agent's signature over the head of its chain: it covers every event up to `sequence` (see wire.chain)."""

    sequence: Sequence
    hash: Hash
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Ed25519 public key, hex")]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="Ed25519 signature, hex")]


class CheckpointEvent(Envelope):
    type: Literal["shian.checkpoint.v1"]
    data: CheckpointV1


KIND = Kind("checkpoint", CheckpointEvent, item=None, is_urgent=False)
