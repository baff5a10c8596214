"""The centre's side of an upload as the station sees it: where it stands, and the next piece.

    HEAD  /api/v1/media/{sha256}   Upload-Offset: n, Upload-Complete: ?0; or Upload-Complete: ?1, all of it is there;
                                   404: no accepted event names it yet
    PATCH /api/v1/media/{sha256}   Upload-Offset: n, Upload-Length: total, the bytes from n on; 204 with the new offset;
                                   409 with the true offset; 413 too large; 422 other bytes than the hash says

Every request carries a token that the station's key signed (JWS, alg "Ed25519"), for this one hash.
"""

import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey

from edge.media.errors import CentreError
from edge.media.settings import MediaSettings

_LIFETIME_S = 900
_ALGORITHM = "Ed25519"
_REASONS = {
    401: "unauthorized",
    403: "unauthorized",
    404: "not_named",
    413: "too_large",
    422: "spoiled",
    429: "must_wait",
    507: "no_room",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of a file that the centre has. For a whole file the centre need not name the offset."""

    offset: int
    is_complete: bool


class Tokens:
    """The maker of tokens, which sign the station's name and the hash of one file."""

    def __init__(self, station: str, key: Ed25519PrivateKey, clock: Callable[[], datetime]) -> None:
        self._station = station
        self._clock = clock
        public, secret = (_base64url(raw) for raw in (key.public_key().public_bytes_raw(), key.private_bytes_raw()))
        self._key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public, "d": secret})

    def make(self, sha256: str) -> str:
        now = int(self._clock().timestamp())
        claims = {"iss": self._station, "aud": "shian-media", "sub": sha256, "iat": now, "exp": now + _LIFETIME_S}
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])


class Centre:
    """The centre's side of uploads, over one kept connection. Raises CentreError; its reasons: not_named, unauthorized,
    too_large, spoiled, must_wait, no_room, unreachable, status_NNN, bad_answer."""

    def __init__(self, client: httpx.Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    def standing(self, sha256: str) -> Standing:
        return self._read(self._ask("HEAD", sha256, {}, b""))

    def send(self, sha256: str, offset: int, total: int, piece: bytes) -> Standing:
        """Send a piece and return the new standing. If that does not lie behind `piece`, `offset` was wrong."""
        headers = {
            "Upload-Offset": str(offset),
            "Upload-Length": str(total),
            "Content-Type": "application/partial-upload",
        }
        return self._read(self._ask("PATCH", sha256, headers, piece))

    def _ask(self, method: str, sha256: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        headers["Authorization"] = f"Bearer {self._tokens.make(sha256)}"
        try:
            answer = self._client.request(method, f"/api/v1/media/{sha256}", headers=headers, content=body)
        except httpx.HTTPError as exc:
            raise CentreError("unreachable", f"{type(exc).__name__} {exc}".strip()) from exc
        if answer.status_code not in {200, 204, 409}:
            raise CentreError(_REASONS.get(answer.status_code, f"status_{answer.status_code}"), answer.text[:200])
        return answer

    @staticmethod
    def _read(answer: httpx.Response) -> Standing:
        is_complete = answer.headers.get("Upload-Complete") == "?1"
        offset = answer.headers.get("Upload-Offset", "0" if is_complete else "")
        # A server may send anything: int() would also take signs, spaces and other scripts' digits.
        if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
            raise CentreError("bad_answer", f"Upload-Offset {offset[:40]!r}")
        return Standing(int(offset), is_complete)


def open_client(settings: MediaSettings) -> httpx.Client:
    """Open the HTTP client. The environment's proxies are ignored. Raises CentreError for a certificate file that
    cannot be used."""
    try:
        verify = ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else True
    except OSError as exc:
        raise CentreError("ca_file", f"{settings.ca_file}: {exc}") from exc
    return httpx.Client(base_url=settings.url, verify=verify, timeout=settings.timeout_s, trust_env=False)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
