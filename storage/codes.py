"""One-time codes of an enrolment: `K7QM-3F9W-XTR2-H8ND`. The first group finds the code, the other three are the secret
(60 bits), of which the centre keeps a hash."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

LIFETIME_S = 30 * 60
MOST_TRIES = 5

# Crockford's base 32: without I, L, O and U, which people read as others.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE = re.compile(rf"([{_ALPHABET}]{{4}})([{_ALPHABET}]{{12}})")
_READ_AS = str.maketrans("ILO", "110", "- ")


@dataclass(frozen=True, slots=True)
class Code:
    """A code, as it is given to people once."""

    id: str
    secret: str

    def __str__(self) -> str:
        whole = self.id + self.secret
        return "-".join(whole[at : at + 4] for at in range(0, len(whole), 4))

    @property
    def hash(self) -> bytes:
        """Return the hash of the whole code: the secret is random, so a plain one is enough."""
        return hashlib.sha256(f"shian enrolment {self.id}{self.secret}".encode()).digest()

    def is_right(self, kept: bytes) -> bool:
        return hmac.compare_digest(self.hash, kept)


def new_code() -> Code:
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return Code(drawn[:4], drawn[4:])


def read_code(text: str) -> Code | None:
    """Read a code as people type it: small letters, without dashes, O for 0. None: no code looks like this."""
    found = _CODE.fullmatch(text.upper().translate(_READ_AS)) if len(text) <= 40 else None
    return Code(found[1], found[2]) if found else None
