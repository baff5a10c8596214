"""Fetches the document by the standard library: a station without cameras has no httpx."""

import base64
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import EdgeError
from wire.down import AUDIENCE, MAX_BYTES

_LIFETIME_S = 900


class UnreachableError(EdgeError):
    """The centre did not answer, or refused."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Answer of the centre. `content` None: nothing is new."""

    content: bytes | None
    tag: str


@dataclass(frozen=True, slots=True)
class Door:
    """The centre at `url`. `ca_file`: who signed its certificate, besides those that the machine trusts."""

    url: str
    station: str
    ca_file: str | None
    timeout_s: float
    clock: Callable[[], datetime]

    def fetch(self, key: Ed25519PrivateKey, tag: str) -> Fetched:
        """Ask for the document, unless it is that of `tag`. Raises UnreachableError."""
        headers = {"Authorization": f"Bearer {ticket(key, self.station, self.clock())}"}
        if tag:
            headers["If-None-Match"] = f'"{tag}"'
        address = f"{self.url.rstrip('/')}/api/v1/documents/{self.station}"
        request = urllib.request.Request(address, headers=headers)  # noqa: S310  the settings allow https, and http here
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _NoRedirects()
            )
            with opener.open(request, timeout=self.timeout_s) as answer:
                # One byte more than may be: a larger one is refused by name.
                return Fetched(answer.read(MAX_BYTES + 1), answer.headers.get("ETag", "").strip('"'))
        except urllib.error.HTTPError as exc:
            with exc:
                if exc.code == 304:
                    return Fetched(None, tag)
                raise UnreachableError(f"{address}: {exc.code} {exc.reason}") from exc
        except (urllib.error.URLError, OSError, ValueError) as exc:
            raise UnreachableError(f"{address}: {getattr(exc, 'reason', exc)}") from exc


def ticket(key: Ed25519PrivateKey, station: str, now: datetime) -> str:
    """Return a ticket that the station's key signed (JWS, alg Ed25519), for its own document."""
    at = int(now.timestamp())
    claims = {"iss": station, "aud": AUDIENCE, "sub": station, "iat": at, "exp": at + _LIFETIME_S}
    said = f"{_part({'alg': 'Ed25519'})}.{_part(claims)}"
    return f"{said}.{_base64url(key.sign(said.encode()))}"


def _part(document: dict[str, Any]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: the ticket is for this centre alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
