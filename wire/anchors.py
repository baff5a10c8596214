"""Anchors: a signed statement, once an hour, of how far every stream of the centre's ledger is, kept outside of it.

    statement = canonical JSON: number, time, hash of the statement before, hash of the list of heads, hash of the list
                of signing keys; signed with the centre's key (Ed25519)
    lists     = a line a head, a line a key; they lie beside the statement, and a statement without its lists (as a
                station has it from its receipts) still commits to them

Whoever has an anchor can hold the ledger of today against it: docs/proof.md says what that proves.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from wire import strict
from wire.chain import public_key
from wire.kinds.envelope import MAX_SEQUENCE, ZERO_HASH, Hash, Model
from wire.kinds.envelope import Sequence as Number

_DOMAIN = b"shian.anchor.v1\0"
Count = Annotated[int, Field(ge=0, le=MAX_SEQUENCE)]


class Anchor(Model):
    """The signed statement. `previous`: zeros for the first; `events`: all that the heads cover together."""

    type: Literal["shian.anchor.v1"] = "shian.anchor.v1"
    number: Number
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", description="UTC, of the database")]
    previous: Hash
    streams: Count
    events: Count
    heads: Annotated[Hash, Field(description="sha256 of the list of heads")]
    keys: Annotated[Hash, Field(description="sha256 of the list of keys")]
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="the centre's Ed25519 public key, hex")]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]

    @property
    def hash(self) -> str:
        """Return the sha256 of the statement as it was signed: the next anchor names it."""
        return hashlib.sha256(statement(self)).hexdigest()

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


class StreamHead(Model):
    """Head of a stream: all of 1..through was there, and event `through` had this hash."""

    station: str
    stream: UUID
    through: Number
    hash: Hash

    @property
    def line(self) -> str:
        return f"{self.station}\t{self.stream}\t{self.through}\t{self.hash}\n"


class StationKey(Model):
    """Key that is or was a station's, or the centre's."""

    station: str
    key: str

    @property
    def line(self) -> str:
        return f"{self.station}\t{self.key}\n"


class AnchorFile(Model):
    """File of an anchor, as a place keeps it: with its lists, or without them."""

    anchor: Anchor
    heads: tuple[StreamHead, ...] | None = None
    keys: tuple[StationKey, ...] | None = None


class AnchorError(ValueError):
    """The bytes are no anchor."""


def statement(anchor: Anchor) -> bytes:
    """Return the canonical bytes: JSON with sorted keys and nothing between them (RFC 8785), without the signature."""
    document = anchor.model_dump(exclude={"signature"})
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(lines: Iterable[StreamHead | StationKey]) -> str:
    """Return the sha256 of a list: its lines, sorted."""
    digest = hashlib.sha256()
    for line in sorted(line.line for line in lines):
        digest.update(line.encode())
    return digest.hexdigest()


def make(
    key: Ed25519PrivateKey,
    before: Anchor | None,
    at: datetime,
    heads: Sequence[StreamHead],
    keys: Sequence[StationKey],
) -> Anchor:
    """Make the anchor that follows `before`."""
    unsigned = Anchor(
        number=before.number + 1 if before else 1,
        at=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        previous=before.hash if before else ZERO_HASH,
        streams=len(heads),
        events=sum(head.through for head in heads),
        heads=digest_of(heads),
        keys=digest_of(keys),
        key=public_key(key),
        signature="0" * 128,
    )
    return unsigned.model_copy(update={"signature": key.sign(_DOMAIN + statement(unsigned)).hex()})


def is_signed(anchor: Anchor) -> bool:
    """Return True when the anchor's own key signed it. The caller has to know whose key that is."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(anchor.key))
    try:
        public.verify(bytes.fromhex(anchor.signature), _DOMAIN + statement(anchor))
    except InvalidSignature:
        return False
    return True


def encode(file: AnchorFile) -> bytes:
    """Return one line of JSON, without the newline."""
    return file.model_dump_json(exclude_none=True).encode()


def decode(line: bytes) -> AnchorFile:
    """Decode a line. Raises AnchorError."""
    try:
        strict.load(line)
        return AnchorFile.model_validate_json(line, strict=True)
    except (ValueError, RecursionError) as exc:
        raise AnchorError(str(exc)[:500]) from exc
