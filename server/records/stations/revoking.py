"""The end of the trust in a station, by people at the server: it is revoked, or taken out of service."""

from collections.abc import Mapping
from typing import Any

from server.database import Transaction
from server.records.proposals.asking import Asked, Deedable
from server.records.words import words_of
from storage.enrolment import Standing, trust_ended
from storage.errors import UnknownStationError


async def _revoke(transaction: Transaction, asked: Asked) -> Mapping[str, Any]:
    """Revoke the station. Raises ProblemError (404)."""
    return await _end(transaction, asked, "revoked")


async def _retire(transaction: Transaction, asked: Asked) -> Mapping[str, Any]:
    """Take the station out of service. Raises ProblemError (404)."""
    return await _end(transaction, asked, "retired")


async def _end(transaction: Transaction, asked: Asked, standing: Standing) -> Mapping[str, Any]:
    try:
        return {"certificates": await transaction.take(trust_ended(asked.subject, standing))}
    except UnknownStationError as exc:
        raise words_of("stations").not_found() from exc


REVOKE = Deedable("station_revoked", "stations.revoke", _revoke)
RETIRE = Deedable("station_retired", "stations.revoke", _retire)
