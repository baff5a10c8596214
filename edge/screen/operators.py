"""Who is at the screen: an operator of the station's document, by PIN.

Without operators in the document everybody is the plain operator, and the page says so; a screen that is open to a
network lets nobody do anything then. Who is signed in lies in this process alone: after a restart all sign in again. A
PIN is never logged, and wrong ones make the next try wait."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge import lean
from edge.samples.client import AgentAwayError, AskRefusedError
from edge.screen.agents import Agents
from edge.screen.refusal import refusal
from process.language import t

log = structlog.get_logger()

COOKIE = "shian-screen"
_LOOK_S = 5.0  # a document that came since is taken up within that
_FREE_TRIES = 3
_WAIT_S, _WAIT_LONGEST_S = 10.0, 900.0
_LONGEST_PIN = 64
_SESSIONS = 32


@dataclass(slots=True)
class _Session:
    code: str
    who: str
    seen_at: float


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    free_at: float = 0.0


@dataclass(slots=True)
class Operators:
    """The operators, for any thread. `idle_s`: without a touch for so long one is signed out. `must_sign_in`: nobody is
    the plain operator, and one without a PIN cannot sign in. `is_secure`: the cookie goes by TLS alone."""

    agents: Agents
    idle_s: float
    must_sign_in: bool = False
    is_secure: bool = False
    monotonic: Callable[[], float] = time.monotonic
    _known: list[dict[str, Any]] = field(default_factory=list)
    _looked_at: float = -_LOOK_S
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _tries: dict[str, _Tries] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def routes(self) -> list[Route]:
        """Return the routes of signing in and out."""
        return [
            Route("/api/session", self.show),
            Route("/api/session", self.sign_in, methods=["POST"]),
            Route("/api/session/end", self.sign_out, methods=["POST"]),
            Route("/api/session/active", self.active, methods=["POST"]),
        ]

    def who(self, request: Request) -> str | None:
        """Return the name of who asks; None: nobody is signed in. Whoever asks is there: the idle time begins anew."""
        if self._is_plain():
            return t("operator", "检测员")
        session = self._session(request)
        if session is None:
            return None
        session.seen_at = self.monotonic()
        return session.who

    def known(self) -> list[dict[str, Any]]:
        """Return the operators of the station's document, those of the last look while the agent is away."""
        now = self.monotonic()
        if now - self._looked_at >= _LOOK_S:
            try:
                self._known = self.agents.ask("down")["operators"]
                self._looked_at = now
            except (AgentAwayError, AskRefusedError) as exc:
                log.info("operators_not_read", reason=str(exc))
        return self._known

    async def show(self, request: Request) -> Response:
        """Answer with who is signed in, and who could."""
        known = await run_in_threadpool(self.known)
        session = None if self._is_plain() else self._session(request)
        return JSONResponse(
            {
                "who": session.who if session else "",
                "is_plain": self._is_plain(),
                "is_locked": not self._is_plain() and session is None,
                "idle_s": self.idle_s,
                "operators": [
                    {"code": one["code"], "name": one["name"], "has_pin": bool(one.get("pin"))}
                    for one in known
                    if one.get("pin") or not self.must_sign_in
                ],
            }
        )

    async def sign_in(self, request: Request) -> Response:
        """Sign an operator in by code and PIN."""
        try:
            said = json.loads(await request.body())
            code, pin = str(said["code"]), str(said.get("pin", ""))[:_LONGEST_PIN]
        except (ValueError, KeyError, TypeError, RecursionError):
            return refusal(400, "bad_request", "code and pin are expected")
        return await run_in_threadpool(self._signed_in, request, code, pin)

    def _signed_in(self, request: Request, code: str, pin: str) -> Response:
        one = next((one for one in self.known() if one["code"] == code), None)
        # One at a time: many tries at once would pass the wait, and each takes its memory.
        with self._turn:
            tries = self._tries.setdefault(code if one else "", _Tries())
            waits_s = tries.free_at - self.monotonic()
            if waits_s > 0:
                return refusal(429, "too_many_tries", "wait", {"wait_s": round(waits_s + 0.5)})
            if one is None or not self._is_right(one, pin):
                tries.wrong += 1
                if tries.wrong >= _FREE_TRIES:
                    longer = min(_WAIT_LONGEST_S, _WAIT_S * 2.0 ** (tries.wrong - _FREE_TRIES))
                    tries.free_at = self.monotonic() + longer
                log.warning("pin_wrong", operator=code if one else "", tries=tries.wrong)
                return refusal(403, "wrong_pin", "wrong")
            self._tries.pop(code, None)
        token = self._begin(one)
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        log.info("signed_in", operator=code)
        answer = JSONResponse({"who": self._sessions[token].who, "is_plain": False, "is_locked": False})
        answer.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=self.is_secure)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """Sign out, by a press or after the idle time."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        return JSONResponse({"who": "", "is_plain": self._is_plain(), "is_locked": not self._is_plain()})

    async def active(self, request: Request) -> Response:
        """Take note that somebody touches the screen."""
        return JSONResponse({"who": await run_in_threadpool(self.who, request) or ""})

    def _is_plain(self) -> bool:
        return not self.known() and not self.must_sign_in

    def _is_right(self, one: dict[str, Any], pin: str) -> bool:
        kept = one.get("pin", "")
        if not kept:
            return not self.must_sign_in
        is_right = PasswordHash((Argon2Hasher(),)).verify(pin, kept)
        lean.give_back()  # 8 MiB and more, which nothing else here needs
        return is_right

    def _begin(self, one: dict[str, Any]) -> str:
        names = [other["name"] for other in self._known]
        who = one["name"] if names.count(one["name"]) == 1 else f"{one['name']} ({one['code']})"
        token = secrets.token_urlsafe(32)
        now = self.monotonic()
        live = {name: kept for name, kept in self._sessions.items() if now - kept.seen_at <= self.idle_s}
        newest = sorted(live.items(), key=lambda entry: entry[1].seen_at)[-_SESSIONS + 1 :]
        self._sessions = {**dict(newest), token: _Session(one["code"], who, now)}
        return token

    def _session(self, request: Request) -> _Session | None:
        token = request.cookies.get(COOKIE, "")
        session = self._sessions.get(token)
        if session is None:
            return None
        if self.monotonic() - session.seen_at > self.idle_s or all(one["code"] != session.code for one in self.known()):
            self._sessions.pop(token, None)
            return None
        return session
