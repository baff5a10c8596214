"""A station that brings pictures: expected by the database, with tickets of its own key."""

import base64
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey
from uuid_utils.compat import uuid7

from tests.support.server import add_station
from wire.chain import public_key

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 4000


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(slots=True)
class Photographer:
    name: str = "chaoyang-01"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def enrol(self, connection: psycopg.Connection[Any]) -> None:
        add_station(connection, self.name, public_key=public_key(self.key))

    def expect(self, connection: psycopg.Connection[Any], data: bytes, key: UUID | None = None) -> str:
        """Expect a file, as ingest does when an accepted event names it, and return the hash."""
        digest, key = hashlib.sha256(data), key or uuid7()
        connection.execute(
            "INSERT INTO media (station, hash, device, event, key, recorded_at)"
            " VALUES (%s, %s, 'cam-1', %s, %s, now()) ON CONFLICT (station, hash) DO NOTHING",
            [self.name, digest.digest(), uuid7(), key],
        )
        connection.execute(
            "INSERT INTO event_media (station, key, hash, recorded_at) VALUES (%s, %s, %s, now())",
            [self.name, key, digest.digest()],
        )
        return digest.hexdigest()

    def ticket(self, digest: str, **claims: Any) -> dict[str, str]:
        """Return the Authorization header."""
        public = _text(self.key.public_key().public_bytes_raw())
        key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public, "d": _text(self.key.private_bytes_raw())})
        now = int(time.time())
        said = {"iss": self.name, "aud": "shian-media", "sub": digest, "iat": now, "exp": now + 900} | claims
        return {"Authorization": f"Bearer {jwt.encode({'alg': 'Ed25519'}, said, key, algorithms=['Ed25519'])}"}
