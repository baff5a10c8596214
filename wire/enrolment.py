"""Enrolment over HTTPS: what a station shows, and what it gets. Not MQTT: a station has no certificate yet.

    POST /api/v1/enrolments            EnrolmentRequest -> Enrolled     the one-time code
    POST /api/v1/enrolments/renewals   RenewalRequest -> Renewed        the station's signing key
    GET  /api/v1/enrolments/authority  the authority's certificate, which the station holds against its fingerprint

Both requests carry a signature by the station's Ed25519 key over this very request for a certificate: a registered key
is one that the station holds, and a request that was overheard is good for no other certificate.
"""

import hashlib
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from wire.kinds.envelope import Model

PATH = "/api/v1/enrolments"
_DOMAIN = b"shian.enrolment.v1\0"
Pem = Annotated[str, Field(max_length=16_384)]
Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Ed25519 public key, hex")]
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="by that key, see wire.enrolment.sign")]


class EnrolmentRequest(Model):
    """Request of a new station. `request`: PKCS #10, PEM."""

    code: Annotated[str, Field(max_length=40)]
    request: Pem
    public_key: Key
    signature: Signature


class BrokerPlace(Model):
    """Address of the broker, as stations reach it. `is_tls`: by TLS, with the station's certificate."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    is_tls: bool


class Enrolled(Model):
    """All that a station needs. `authority` and `certificate` are empty where the centre has no authority; `media_url`
    where it takes no pictures."""

    station: str
    title: str = ""
    certificate: Pem = ""
    authority: Pem = ""
    broker: BrokerPlace
    url: str
    media_url: str = ""
    timezone: str


class RenewalRequest(Model):
    """Request of a station that is enrolled. `public_key`: the one that it is known by."""

    station: Annotated[str, Field(max_length=64)]
    request: Pem
    public_key: Key
    signature: Signature


class Renewed(Model):
    """A new certificate. The old one stays good until it ends."""

    certificate: Pem
    authority: Pem


def sign(key: Ed25519PrivateKey, who: str, request: str) -> str:
    """Return the signature over a request for a certificate. `who`: the code, or the station's name."""
    return key.sign(_statement(who, request)).hex()


def is_signed(public_key: str, signature: str, who: str, request: str) -> bool:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    try:
        public.verify(bytes.fromhex(signature), _statement(who, request))
    except InvalidSignature:
        return False
    return True


def _statement(who: str, request: str) -> bytes:
    return _DOMAIN + hashlib.sha256(who.encode()).digest() + hashlib.sha256(request.encode()).digest()
