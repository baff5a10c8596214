"""Attachments of alerts as deeds name them, for `shian verify`: their rows; shian/attachments.py reads the bytes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from storage.findings import Finding, Kind
from storage.named import queries

_SQL = queries("walk")


@dataclass(frozen=True, slots=True)
class Attached:
    """Attachment that a deed names. `digest`: the sha256 of its bytes, hex."""

    station: str
    alert: str
    digest: str
    name: str

    def finding(self, detail: str) -> Finding:
        """Return the flaw of it."""
        where = f"alert {self.alert}: attachment {self.digest} ({self.name})"
        return Finding(Kind.ATTACHMENT, self.station, None, None, f"{where} {detail}")


def attached(connection: psycopg.Connection[Any]) -> Iterator[Attached]:
    """Yield each attachment that a deed says was added. Raises psycopg.Error.

    A deed whose facts are no longer JSON is named by the walk, which holds each row against its event."""
    for station, alert, facts in connection.execute(_SQL["attached"]).fetchall():
        try:
            said = json.loads(facts)
        except ValueError:
            continue
        yield Attached(station, alert, str(said.get("hash")), str(said.get("name")))


def rows(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Yield the attachments that are listed without a deed, or are not listed though a deed says so. Raises
    psycopg.Error."""
    listed = {(alert, digest): station for station, alert, digest in connection.execute(_SQL["attachments"])}
    said = {(one.alert, one.digest): one for one in attached(connection)}
    for place, one in said.items():
        if place not in listed:
            yield one.finding("is not listed any more, and a deed says that it was added")
    for (alert, digest), station in listed.items():
        if (alert, digest) not in said:
            yield Attached(station, alert, digest, "").finding("is listed, and no deed says who added it")
