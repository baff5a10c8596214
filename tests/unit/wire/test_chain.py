from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire import chain

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STREAM = UUID(int=7)
HEAD = chain.digest(b"event")


def test_a_checkpoint_is_verified_by_its_own_key() -> None:
    checkpoint = chain.sign(KEY, STREAM, 100, HEAD)
    assert checkpoint.key == chain.public_key(KEY)
    assert chain.is_signed(checkpoint, STREAM)


def test_nothing_in_a_checkpoint_can_be_changed() -> None:
    checkpoint = chain.sign(KEY, STREAM, 100, HEAD)
    other_key = chain.public_key(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    assert not chain.is_signed(checkpoint, UUID(int=8))
    assert not chain.is_signed(checkpoint.model_copy(update={"sequence": 101}), STREAM)
    assert not chain.is_signed(checkpoint.model_copy(update={"hash": chain.digest(b"other")}), STREAM)
    assert not chain.is_signed(checkpoint.model_copy(update={"key": other_key}), STREAM)
    assert not chain.is_signed(checkpoint.model_copy(update={"signature": "00" * 64}), STREAM)
