"""The list of revoked certificates, watched for the broker of this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shian.local.certificates import revoked_serials

News = Literal["none", "anew", "more"]
_EVERY_S = 1.0


@dataclass(slots=True)
class RevokedWatch:
    """Watch over the list, which the server writes."""

    path: Path
    _stamp: int = 0
    _serials: frozenset[int] = frozenset()
    _look_at: float = 0.0

    def look(self, now: float) -> News:
        """Look at the file, at most once a second.

        "anew": it was written again with the same certificates, and it is enough that the broker reads it. "more": a
        certificate has come in, whose connections a broker ends only when it is started again."""
        if now < self._look_at:
            return "none"
        self._look_at = now + _EVERY_S
        try:
            stamp = self.path.stat().st_mtime_ns
        except OSError:
            return "none"
        if stamp == self._stamp:
            return "none"
        before, self._stamp, self._serials = self._serials, stamp, revoked_serials(self.path)
        return "more" if self._serials - before else "anew"
