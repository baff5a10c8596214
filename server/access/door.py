"""The one token of `token_file`, and the sessions that the page gets for it. Without it: whoever reaches the server."""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers

from server.access.caller import Caller, almighty

_LOCAL, _PROGRAM = "local", "token"


@dataclass(frozen=True, slots=True)
class Door:
    """The token and what is derived from it. `token` None: everybody who reaches the server may ask."""

    token: str | None
    session_s: float
    is_behind_tls: bool
    now: Callable[[], float] = time.time

    @property
    def cookie(self) -> str:
        return "__Host-shian" if self.is_behind_tls else "shian_session"

    def is_token(self, given: str) -> bool:
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def new_session(self, name: str) -> str:
        """Return a new session, `expiry.name.mac`: any server with this token knows it, and a new token ends all
        sessions."""
        said = f"{int(self.now() + self.session_s)}.{name.encode().hex()}"
        return f"{said}.{self._mac(said)}"

    def name_in(self, session: str) -> str | None:
        """Return the name in a session; None: not one of ours, or an old one."""
        said, _, mac = session.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()):
            return None
        expiry, _, name = said.partition(".")
        return bytes.fromhex(name).decode() if int(expiry) > self.now() else None

    def _mac(self, said: str) -> str:
        key = (self.token or "").encode()
        return hmac.new(key, b"shian session " + said.encode(), hashlib.sha256).hexdigest()

    def who(self, headers: Headers) -> str | None:
        """Return who asks: the name given at sign-in, "token" for a program that shows the token, "local" where none is
        asked for. None: may not ask."""
        if self.token is None:
            return _LOCAL
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return _PROGRAM if self.is_token(given.strip()) else None
        return self.name_in(_cookie(headers, self.cookie))

    async def recognise(self, headers: Headers, address: str) -> Caller | None:
        """Return who asks; None: nobody has signed in."""
        name = self.who(headers)
        return None if name is None else almighty(name, address)


def _cookie(headers: Headers, name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
