"""A server of OpenID Connect: Authlib's own server side behind the standard library's HTTP, for one client.

`user`: who is signed in there. `harm` changes the id token's claims, `key` what it is signed with.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "shian", "a secret of the client"
Answer = tuple[int, Any, list[tuple[str, str]]]


@dataclass
class Provider:
    """Provider as the test sees and steers it."""

    address: str = ""
    user: str = "u-7"
    name: str = "wang.li"
    callback: str = ""
    harm: Callable[[dict[str, Any]], None] = field(default=lambda claims: None)
    key: ECKey = field(default_factory=lambda: new_key("k1"))
    published: KeySet = field(init=False)
    codes: dict[str, "Code"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.published = KeySet([self.key])


def new_key(name: str) -> ECKey:
    return ECKey.generate_key("P-256", parameters={"kid": name, "alg": "ES256", "use": "sig"})


class Client:
    """The one client."""

    id_token_signed_response_alg = "ES256"

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self._provider.callback

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == self._provider.callback

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_post"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


@dataclass
class Code:
    """A code that was given out."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    user: str
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None: ...

    def get_amr(self) -> None: ...


class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post"]  # noqa: RUF012  as Authlib has it

    def save_authorization_code(self, code: str, request: Any) -> Code:
        data = request.payload.data
        challenge = data.get("code_challenge"), data.get("code_challenge_method")
        kept = Code(code, data["redirect_uri"], data["scope"], data.get("nonce", ""), request.user, *challenge)
        self.server.provider.codes[code] = kept
        return kept

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return self.server.provider.codes.get(code)  # type: ignore[no-any-return]

    def delete_authorization_code(self, code: Code) -> None:
        del self.server.provider.codes[code.code]

    def authenticate_user(self, code: Code) -> str:
        return code.user


class IdToken(OpenIDCode):  # type: ignore[misc]
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self._provider = provider

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in self._provider.codes.values())

    def resolve_client_private_key(self, client: Client) -> ECKey:
        return self._provider.key

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": "ES256", "kid": self._provider.key.kid or ""}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self._provider.address, "aud": [CLIENT], "iat": now, "exp": now + 60}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(sub=user, preferred_username=self._provider.name)

    def get_authorization_code_claims(self, authorization_code: Any) -> dict[str, Any]:
        claims: dict[str, Any] = super().get_authorization_code_claims(authorization_code)
        self._provider.harm(claims)
        return claims


class Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_grant(Grant, [CodeChallenge(required=True), IdToken(provider)])
        self.register_token_generator("default", lambda **_: {"access_token": secrets.token_hex(8), "scope": "openid"})

    def query_client(self, client_id: str) -> Client | None:
        return Client(self.provider) if client_id == CLIENT else None

    def save_token(self, token: Any, request: Any) -> None: ...

    def send_signal(self, name: str, *arguments: Any, **named: Any) -> None: ...

    def create_oauth2_request(self, request: tuple[str, str, dict[str, str]]) -> OAuth2Request:
        method, path, data = request
        # Authlib insists on https; this address is looked at by nobody else.
        made = Request(method, f"https://provider.test{path}", headers={})
        made.payload = BasicOAuth2Payload(data)
        made.given = data
        return made

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        return status, body, headers


class Request(OAuth2Request):  # type: ignore[misc]
    given: dict[str, str]

    @property
    def args(self) -> dict[str, str]:
        return self.given

    @property
    def form(self) -> dict[str, str]:
        return self.given


@contextmanager
def providing() -> Iterator[Provider]:
    """Serve until the end of the block. Everybody who comes is signed in as `user`, and agrees."""
    provider = Provider()
    server = Server(provider)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                request = server.create_oauth2_request(("GET", parts.path, dict(parse_qsl(parts.query))))
                grant = server.get_authorization_grant(request)
                grant.validate_consent_request()
                answer = server.create_authorization_response(request, grant_user=provider.user, grant=grant)
                self._answer(*answer)
            elif parts.path == "/keys":
                self._answer(200, provider.published.as_dict(private=False), [])
            else:
                places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
                document = {name: f"{provider.address}/{path}" for name, path in places.items()}
                self._answer(200, document | {"issuer": provider.address}, [])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(*server.create_token_response(("POST", self.path, dict(parse_qsl(body)))))

        def _answer(self, status: int, body: Any, headers: list[tuple[str, str]]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None: ...  # noqa: A002  as the base has it

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        provider.address = f"http://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, name="provider")
        thread.start()
        try:
            yield provider
        finally:
            http.shutdown()
            thread.join(10)
