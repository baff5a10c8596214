"""The desk at which stations come in: codes are redeemed, certificates issued and renewed.

Each in one transaction, with its row in the audit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Counter

from authority.ca import Authority, Issued
from authority.errors import AuthorityError
from authority.requests import read_request
from server.database import Database
from server.enrolment.problems import BAD_REQUEST, ENDED_CODE, ENOUGH, LATE_CODE, NO_AUTHORITY, NOT_KNOWN, WRONG_CODE
from server.enrolment.settings import EnrolmentSettings
from server.problems import Kind, ProblemError
from storage import deeds
from storage.codes import MOST_TRIES, Code, read_code
from storage.deeds import Actor, Deed
from storage.exchange import AsyncConnection
from storage.named import queries
from wire.enrolment import BrokerPlace, Enrolled, EnrolmentRequest, RenewalRequest, Renewed, is_signed
from wire.terms import ActorKind

log = structlog.get_logger()
REFUSED = Counter("shian_server_enrolments_refused_total", "Enrolments and renewals that were refused", ["reason"])
ISSUED = Counter("shian_server_certificates_total", "Certificates that were issued to stations")
_SQL = queries("enrolment")
_MOST_A_DAY = 20


@dataclass(frozen=True, slots=True)
class Desk:
    db: Database
    settings: EnrolmentSettings
    authority: Authority | None
    media_url: str
    timezone: str
    now: Callable[[], datetime]

    async def enrol(self, asked: EnrolmentRequest, address: str) -> Enrolled:
        """Take a station in by its code. Raises ProblemError; a wrong try is counted and stays counted."""
        code = read_code(asked.code)
        if not is_signed(asked.public_key, asked.signature, asked.code, asked.request):
            raise self._refusal(BAD_REQUEST, address)
        self._check(asked.request, address)
        if code is None:
            raise self._refusal(WRONG_CODE, address)
        async with self.db.transaction() as transaction:
            found = await self._redeem(transaction.connection, code, asked, address)
        if isinstance(found, Kind):
            raise self._refusal(found, address, code=code.id)
        log.info("station_enrolled", station=found.station, address=address)
        return found

    async def renew(self, asked: RenewalRequest, address: str) -> Renewed:
        """Issue the next certificate to a station that shows its signing key. Raises ProblemError."""
        if self.authority is None:
            raise ProblemError(NO_AUTHORITY)
        if not is_signed(asked.public_key, asked.signature, asked.station, asked.request):
            raise self._refusal(BAD_REQUEST, address)
        self._check(asked.request, address)
        async with self.db.transaction() as transaction:
            found = await self._renew(transaction.connection, asked, address)
        if isinstance(found, Kind):
            raise self._refusal(found, address, station=asked.station)
        log.info("certificate_renewed", station=asked.station, until=found.certificate.ends_at.isoformat())
        return Renewed(certificate=found.pem.decode(), authority=self.authority.pem.decode())

    async def _redeem(
        self, connection: AsyncConnection, code: Code, asked: EnrolmentRequest, address: str
    ) -> Enrolled | Kind:
        row = await (await connection.execute(_SQL["code"], {"id": code.id})).fetchone()
        if row is None:
            return WRONG_CODE
        station, kept, is_late, is_ended, _, tries = row
        if not code.is_right(bytes(kept)):
            if not is_ended and not is_late:
                await connection.execute(_SQL["wrong_try"], {"id": code.id, "most": MOST_TRIES})
                if tries + 1 >= MOST_TRIES:
                    facts = {"tries": tries + 1}
                    await _note(connection, address, "enrolment_code_died", station, facts, is_proven=False)
            return WRONG_CODE
        if is_ended or is_late:
            return ENDED_CODE if is_ended else LATE_CODE
        title, before = await self._take_in(connection, station, code, asked.public_key)
        issued = await self._issue(connection, station, asked.request)
        facts = {"before": before, "after": asked.public_key, **_said(issued)}
        await _note(connection, address, "station_rekeyed" if before else "station_came_in", station, facts)
        return self._answer(station, title, issued)

    async def _take_in(self, connection: AsyncConnection, station: str, code: Code, key: str) -> tuple[str, str | None]:
        """Register the key, end the certificates of before, and return the title and the key of before."""
        row = await (await connection.execute(_SQL["lock_station"], {"name": station})).fetchone()
        assert row is not None, "a code refers to its station"
        await connection.execute(_SQL["use_code"], {"id": code.id})
        await connection.execute(_SQL["revoke_certificates"], {"name": station, "why": "replaced"})
        await connection.execute(_SQL["take_key"], {"name": station, "key": key})
        return row[2], row[1]

    async def _renew(self, connection: AsyncConnection, asked: RenewalRequest, address: str) -> Issued | Kind:
        row = await (await connection.execute(_SQL["lock_station"], {"name": asked.station})).fetchone()
        if row is None or row[0] != "enrolled" or row[1] != asked.public_key:
            return NOT_KNOWN
        counted = await (await connection.execute(_SQL["issued_today"], {"name": asked.station})).fetchone()
        if counted is None or counted[0] >= _MOST_A_DAY:
            return ENOUGH
        issued = await self._issue(connection, asked.station, asked.request)
        assert issued is not None, "renew has looked for the authority"
        await _note(connection, address, "certificate_renewed", asked.station, _said(issued))
        return issued

    async def _issue(self, connection: AsyncConnection, station: str, request: str) -> Issued | None:
        if self.authority is None:
            return None
        issued = self.authority.issue_client(request.encode(), station, now=self.now(), days=self.settings.days)
        facts = issued.certificate
        values = {"serial": facts.serial, "ends_at": facts.ends_at, "fingerprint": facts.fingerprint}
        await connection.execute(_SQL["add_certificate"], {"name": station, **values})
        ISSUED.inc()
        return issued

    def _answer(self, station: str, title: str, issued: Issued | None) -> Enrolled:
        place = self.settings.broker
        return Enrolled(
            station=station,
            title=title,
            certificate=issued.pem.decode() if issued else "",
            authority=self.authority.pem.decode() if self.authority else "",
            broker=BrokerPlace(host=place.host, port=place.port, is_tls=place.is_tls),
            url=self.settings.url,
            media_url=self.media_url,
            timezone=self.timezone,
        )

    def _check(self, request: str, address: str) -> None:
        """Check the request for a certificate before anything is written. Raises ProblemError."""
        try:
            read_request(request.encode())
        except AuthorityError as exc:
            log.warning("certificate_request_refused", address=address, detail=str(exc)[:200])
            raise self._refusal(BAD_REQUEST, address) from exc

    @staticmethod
    def _refusal(kind: Kind, address: str, **facts: str) -> ProblemError:
        REFUSED.labels(kind.name).inc()
        log.warning("enrolment_refused", reason=kind.name, address=address, **facts)
        return ProblemError(kind)


async def note_place(db: Database, settings: EnrolmentSettings, authority: Authority | None) -> None:
    """Note where stations enrol, for `shian station add`."""
    fingerprint = authority.certificate.fingerprint if authority else ""
    async with db.transaction() as transaction:
        await transaction.connection.execute(_SQL["note_place"], {"url": settings.url, "fingerprint": fingerprint})


def _said(issued: Issued | None) -> dict[str, Any]:
    if issued is None:
        return {}
    return {"certificate": issued.certificate.serial, "until": issued.certificate.ends_at.isoformat()}


async def _note(
    connection: AsyncConnection,
    address: str,
    action: str,
    station: str,
    facts: dict[str, Any],
    *,
    is_proven: bool = True,
) -> None:
    """Write a deed of the station's machine: the last of the transaction. `is_proven` False: of whoever is there."""
    actor = Actor(f"station {station}" if is_proven else "", ActorKind.PROGRAM, address=address)
    await deeds.write_async(connection, Deed(actor, action, station, station, facts=facts))
