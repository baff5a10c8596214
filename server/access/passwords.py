"""Passwords: argon2id by pwdlib, in threads, a few at a time (each takes 64 MiB for a moment)."""

import asyncio
from functools import cache

from pwdlib import PasswordHash

SHORTEST, LONGEST = 10, 200
_AT_ONCE = 2


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    """Return a hash for names that have none: they must take as long."""
    return _hasher().hash("nobody has this password")


def is_poor(password: str, name: str) -> bool:
    """Return True for a password that is not taken. Length counts, and not kinds of letters (NIST SP 800-63B)."""
    is_long = SHORTEST <= len(password) <= LONGEST
    return not is_long or len(set(password)) < SHORTEST // 2 or password.lower() == name.lower()


def hashed(password: str) -> str:
    """Return what is kept of a password. Takes some 50 ms of one core."""
    return _hasher().hash(password)


class Passwords:
    """Passwords of one event loop."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        async with self._turn:
            return await asyncio.to_thread(hashed, password)

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Return True when the password is the kept one. Takes as long when nothing is kept."""
        async with self._turn:
            is_right = await asyncio.to_thread(_hasher().verify, password, kept or _nobody())
        return is_right and kept is not None
