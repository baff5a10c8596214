"""The document that comes down to a station: what it needs to know to work alone. Versioned, signed by the centre.

Two lines: the seal (JSON: key, signature) and the document, whose exact bytes are signed. A station keeps the last good
one. It takes no document that is cut, forged, of another station, older than the one that it has, or larger than
`MAX_BYTES`; each refusal has a name."""

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, JsonValue, ValidationError

from wire import strict
from wire.chain import public_key
from wire.kinds.envelope import STATION_PATTERN, Model
from wire.strict import Moment
from wire.verdicts import AnalyteLimit

FORMAT = "shian.down.v1"
AUDIENCE = "shian-down"
MAX_BYTES = 4 * 1024 * 1024
_STATEMENT = b"shian.down.v1\n"
Name = Annotated[str, Field(max_length=1000)]


class Food(Model):
    """Food with its place in the tree. `pinyin`: its names as they are typed, for searching."""

    code: Name
    name: Name
    parent: Name = ""
    name_en: Name = ""
    aliases: tuple[Name, ...] = ()
    pinyin: Name = ""


class Business(Model):
    """Business at the station's market: a stall, a vendor."""

    code: Name
    name: Name
    stall: Name = ""
    licence: Name = ""
    pinyin: Name = ""


class Item(Model):
    """Item that is tested for."""

    code: Name
    name: Name
    name_en: Name = ""


class Task(Model):
    """Sampling task: so many samples between two days."""

    code: Name
    food: Name = ""
    item: Name = ""
    wanted: int
    first_day: date
    last_day: date
    note: Name = ""


class Operator(Model):
    """Operator of the station. `pin`: argon2 hash of the PIN for the station's screen; empty: there is none."""

    code: Name
    name: Name
    pin: Annotated[str, Field(max_length=300)] = ""


class Procedure(Model):
    """Words of the district about a step after a failed test, for the operators. `step`: `retest`, `hold`, `hand_over`,
    `failed_again`, `passed_now`, `unclear_now`; another one is not shown."""

    step: Name
    text: Name
    text_en: Name = ""


class Lot(Model):
    """Lot that another station has tested, in words that may be public: `passed` (every sample by its newest test of
    each item), `retesting` (every one that did not waits for a second test), else `tested`."""

    lot: Name
    food: Name
    supplier: Name = ""
    station: Name
    title: Name = ""
    title_en: Name = ""
    samples: int
    word: Name
    last_day: date


class CameraLayoutDown(Model):
    """Zones and masks of one camera. `layout` is a wire.layouts.Layout, and is checked apart: one that is broken must
    not cost the station its limits."""

    camera: Name
    version: Annotated[int, Field(ge=1, le=2**53)]
    layout: JsonValue = None


class Down(Model):
    """The document of one station."""

    format: Literal["shian.down.v1"]
    station: Annotated[str, Field(pattern=f"^{STATION_PATTERN}$")]
    version: Annotated[int, Field(ge=1, le=2**53)]
    made_at: Moment
    limits_version: Annotated[str, Field(max_length=64)]
    limits: tuple[AnalyteLimit, ...] = ()
    foods: tuple[Food, ...] = ()
    businesses: tuple[Business, ...] = ()
    items: tuple[Item, ...] = ()
    tasks: tuple[Task, ...] = ()
    operators: tuple[Operator, ...] = ()
    cameras: tuple[CameraLayoutDown, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    lots: tuple[Lot, ...] = ()


class DownNews(Model):
    """Word of the centre that what a station must know has changed: another number than the last one heard."""

    changes: Annotated[int, Field(ge=0)]


class Seal(Model):
    """Signature of the centre over the bytes of a document."""

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class Refusal(StrEnum):
    """Reason why a station does not take a document."""

    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    FORGED = "forged"
    OTHER_KEY = "other_key"
    OTHER_STATION = "other_station"
    OLDER = "older"


class DownError(ValueError):
    """A document that is not taken."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def seal(document: Down, key: Ed25519PrivateKey) -> bytes:
    """Return the signed bytes of a document."""
    body = document.model_dump_json(exclude_defaults=True).encode()
    signature = key.sign(_STATEMENT + hashlib.sha256(body).digest()).hex()
    return Seal(key=public_key(key), signature=signature).model_dump_json().encode() + b"\n" + body


def open_sealed(content: bytes, station: str, *, key: str = "", newer_than: int = 0) -> tuple[Down, str]:
    """Return a document and the key that signed it. `key`: the one that must have; '' for any. `newer_than`: the
    version that the station has. Raises DownError."""
    if len(content) > MAX_BYTES:
        raise DownError(Refusal.TOO_LARGE, f"{len(content)} bytes, {MAX_BYTES} at most")
    head, _, body = content.partition(b"\n")
    try:
        strict.load(head)
        found = Seal.model_validate_json(head)
    except (ValidationError, ValueError, RecursionError) as exc:
        raise DownError(Refusal.DAMAGED, "it has no seal") from exc
    if key and found.key != key:
        raise DownError(Refusal.OTHER_KEY, f"signed by {found.key}")
    try:
        digest = hashlib.sha256(body).digest()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.key)).verify(
            bytes.fromhex(found.signature), _STATEMENT + digest
        )
    except (InvalidSignature, ValueError) as exc:
        raise DownError(Refusal.FORGED, "the signature does not hold") from exc
    try:
        strict.load(body)
        document = Down.model_validate_json(body)
    except (ValidationError, ValueError, RecursionError) as exc:
        raise DownError(Refusal.DAMAGED, str(exc)[:200]) from exc
    if document.station != station:
        raise DownError(Refusal.OTHER_STATION, document.station)
    if document.version < newer_than:
        raise DownError(Refusal.OLDER, f"version {document.version}, and {newer_than} is here")
    return document, found.key
