"""The hash chain of a stream and the signatures over its heads.

Link: `previoushash` of event n is the sha256 of the exact bytes of event n-1 (zeros for the first). One Ed25519
signature over a head covers everything before it: a link costs 0.6 us to check, a signature 95 us.
"""

import hashlib
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wire.kinds.checkpoint import CheckpointV1

_DOMAIN = b"shian.checkpoint.v1\0"


def digest(body: bytes) -> str:
    """Return the sha256 of an event's exact bytes, in lower-case hex."""
    return hashlib.sha256(body).hexdigest()


def public_key(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes_raw().hex()


def sign(private: Ed25519PrivateKey, stream: UUID, sequence: int, head: str) -> CheckpointV1:
    """Sign a checkpoint over the event `sequence` of `stream`, whose hash is `head`."""
    signature = private.sign(_statement(stream, sequence, head)).hex()
    return CheckpointV1(sequence=sequence, hash=head, key=public_key(private), signature=signature)


def is_signed(checkpoint: CheckpointV1, stream: UUID) -> bool:
    """Return True when the checkpoint's own key signed it. The caller has to know whose key that is."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.key))
    try:
        public.verify(bytes.fromhex(checkpoint.signature), _statement(stream, checkpoint.sequence, checkpoint.hash))
    except InvalidSignature:
        return False
    return True


def _statement(stream: UUID, sequence: int, head: str) -> bytes:
    return _DOMAIN + stream.bytes + sequence.to_bytes(8, "big") + bytes.fromhex(head)
