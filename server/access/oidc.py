"""OpenID Connect, from our side (Core 1.0, section 3.1): the code flow with PKCE, state and nonce.

Nonce and verifier are kept in the database for ten minutes under the state, which counts once; the browser that began
has it in a cookie as well, so that nobody can be made to end a sign-in that another has begun (login CSRF).
Addresses come from the issuer's own document, and an id token counts only when the issuer's keys have signed it.
"""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from server.access.oidc_settings import OidcSettings
from server.problems import Kind, ProblemError
from storage.accounts import new_secret

_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
_LEEWAY_S = 60
_LARGEST = 256 * 1024
_FRESH_S = 600.0
AWAY = Kind(503, "sign-in-away", "The sign-in server does not answer as it should.", "统一身份认证服务器应答异常。")
REFUSED = Kind(401, "sign-in-refused", "The sign-in was not confirmed; begin again.", "登录未获确认，请重新开始。")


class _Places(BaseModel):
    """The issuer's document (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(BaseModel):
    id_token: str
    access_token: str = ""


class Begun(BaseModel):
    """Sign-in that was begun: what is held against the answer."""

    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity that the issuer vouches for. `key`: issuer and subject; `name`: as it may be called."""

    key: str
    name: str


class Fetch(Protocol):
    """HTTP as far as it is needed here."""

    async def __call__(self, address: str, form: Mapping[str, str] | None = None) -> bytes: ...


class Issuer:
    """The other server."""

    def __init__(self, settings: OidcSettings, fetch: Fetch, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._secret = settings.read_secret()
        self._fetch = fetch
        self._now = now
        self._known: tuple[_Places, KeySet, float] | None = None

    async def begin(self) -> tuple[str, str, Begun]:
        """Return the address to send the browser to, the state, and what to keep under it. Raises ProblemError."""
        places, _ = await self._places()
        state, begun = new_secret(), Begun(nonce=new_secret(), verifier=new_secret() + new_secret())
        address = prepare_grant_uri(
            places.authorization_endpoint,
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._settings.callback,
            scope="openid profile",
            state=state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return str(address), state, begun

    async def end(self, code: str, begun: Begun) -> Identity:
        """Trade the code for an id token, and return whom it names. Raises ProblemError."""
        places, keys = await self._places()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._settings.callback}
        form |= {"client_id": self._settings.client_id, "code_verifier": begun.verifier}
        if self._secret:
            form["client_secret"] = self._secret
        try:
            tokens = _Tokens.model_validate_json(await self._fetch(places.token_endpoint, form))
            token = jwt.decode(tokens.id_token, keys, algorithms=_ALGORITHMS)
            claims = self._checked(token.claims, token.header, begun, tokens.access_token)
        except ValidationError as exc:
            raise ProblemError(AWAY) from exc
        except (JoseError, ValueError) as exc:
            self._known = None  # its keys may be new
            raise ProblemError(REFUSED) from exc
        name = str(claims.get(self._settings.name_claim) or claims["sub"])
        return Identity(f"{places.issuer} {claims['sub']}", name)

    def _checked(
        self, claims: dict[str, Any], header: dict[str, Any], begun: Begun, access_token: str
    ) -> dict[str, Any]:
        """Check issuer, audience, times and nonce. Raises joserfc.errors.JoseError."""
        wanted = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
            "nonce": {"essential": True, "value": begun.nonce},
        }
        params = {"nonce": begun.nonce, "client_id": self._settings.client_id, "access_token": access_token}
        checked = CodeIDToken(claims, header, options=wanted, params=params)
        checked.validate(now=int(self._now()), leeway=_LEEWAY_S)
        return dict(checked)

    async def _places(self) -> tuple[_Places, KeySet]:
        if self._known and time.monotonic() - self._known[2] < _FRESH_S:
            return self._known[0], self._known[1]
        try:
            document = await self._fetch(f"{self._settings.issuer}/.well-known/openid-configuration")
            places = _Places.model_validate_json(document)
            keys = KeySet.import_key_set(json.loads(await self._fetch(places.jwks_uri)))
        except (ValidationError, JoseError, ValueError) as exc:
            raise ProblemError(AWAY) from exc
        if not hmac.compare_digest(places.issuer.rstrip("/"), self._settings.issuer):
            raise ProblemError(AWAY)
        self._known = places, keys, time.monotonic()
        return places, keys


def fetcher(answer_s: float) -> Fetch:
    """Return HTTP with a deadline and a bound on answers; no redirects. Raises ProblemError."""

    async def fetch(address: str, form: Mapping[str, str] | None = None) -> bytes:
        try:
            async with httpx.AsyncClient(timeout=answer_s, trust_env=False) as client:
                answer = await (client.post(address, data=dict(form)) if form else client.get(address))
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise ProblemError(AWAY) from exc
        if answer.status_code == httpx.codes.BAD_REQUEST and form:
            raise ProblemError(REFUSED)
        if answer.status_code != httpx.codes.OK or len(answer.content) > _LARGEST:
            raise ProblemError(AWAY)
        return answer.content

    return fetch
