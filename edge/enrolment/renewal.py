"""The renewal of the station's certificate: at two thirds of its life, by the agent's own thread.

A new key and the new certificate take the place of the old ones by one rename; the uplink reads the file at its next
connection, so nothing is cut for it and nothing is lost. The old certificate stays good until it ends, so that a
station which loses the answer asks again. While the wall clock is known to be wrong nothing is judged by it."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authority.certificates import Certificate
from authority.errors import AuthorityError
from authority.pairs import read_pair, replace_pair
from authority.requests import key_pem, make_key, make_request
from edge.enrolment.centre import CentreDoor
from edge.enrolment.settings import EnrolmentSettings
from edge.errors import EdgeError
from edge.status_file import CertificateState
from process.private_files import replace
from wire import chain
from wire.enrolment import RenewalRequest, sign
from wire.status import CertificateStatus

log = structlog.get_logger()
_STEP_S = 1.0


class Renewal:
    """The worker that looks at the certificate in `pair` every `look_s`, and renews it when it is due."""

    def __init__(
        self,
        settings: EnrolmentSettings,
        station: str,
        pair: Path,
        *,
        key: Callable[[], Ed25519PrivateKey],
        clock: Callable[[], datetime],
        is_time_known: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._station = station
        self._pair = pair
        self._key = key
        self._clock = clock
        self._is_time_known = is_time_known
        self._monotonic = monotonic
        self._state = CertificateState()

    @property
    def state(self) -> CertificateState:
        """Return the state as of the last look, for any thread."""
        return self._state

    def status(self) -> CertificateStatus | None:
        """Return the state as the centre is told it; None before the first look: nothing is known then."""
        if self._state == CertificateState():
            return None
        return CertificateStatus(ends_at=self._state.ends_at, failures=self._state.failures)

    def run(self, stop: threading.Event) -> None:
        look_at = self._monotonic()
        while True:
            if self._monotonic() >= look_at:
                look_at = self._monotonic() + self.look()
            if stop.wait(min(_STEP_S, self._settings.look_s)):
                return

    def look(self) -> float:
        """Look at the certificate, and renew it if it is due. Return the seconds until the next look."""
        try:
            certificate = read_pair(self._pair)
            if self._settings.url and self._is_time_known() and certificate.is_due(self._clock()):
                certificate = self._renew()
        except (EdgeError, AuthorityError, OSError, ValueError) as exc:
            return self._failed(str(exc))
        self._state = CertificateState(ends_at=certificate.ends_at)
        return self._settings.look_s

    def _failed(self, reason: str) -> float:
        failures = self._state.failures + 1
        self._state = CertificateState(ends_at=self._ends_at(), failures=failures, trouble=reason[:300])
        log.error("certificate_not_renewed", reason=reason[:500], failures=failures)
        return float(min(self._settings.retry_s * 2 ** min(failures - 1, 20), self._settings.look_s))

    def _ends_at(self) -> datetime | None:
        try:
            return read_pair(self._pair).ends_at
        except (AuthorityError, OSError, ValueError):
            return None

    def _renew(self) -> Certificate:
        """Ask for a certificate to a new key, and put both in place. Raises EdgeError, AuthorityError, OSError."""
        key, signing = make_key(), self._key()
        request = make_request(key, self._station).decode()
        asked = RenewalRequest(
            station=self._station,
            request=request,
            public_key=chain.public_key(signing),
            signature=sign(signing, self._station, request),
        )
        ca_file = self._settings.ca_file
        authority = ca_file.read_text("ascii") if ca_file else ""
        got = CentreDoor(self._settings.url, authority, self._settings.timeout_s).renew(asked)
        certificate = self._checked(key_pem(key) + got.certificate.encode())
        replace_pair(self._pair, key, got.certificate.encode())
        log.info("certificate_renewed", until=certificate.ends_at.isoformat(), serial=certificate.serial)
        return certificate

    def _checked(self, content: bytes) -> Certificate:
        """Check what the centre sent before it takes the place of what works. Raises AuthorityError, OSError."""
        draft = self._pair.with_name(f"{self._pair.name}.next")
        replace(draft, content)
        try:
            certificate = read_pair(draft)
        finally:
            draft.unlink(missing_ok=True)
        return certificate
