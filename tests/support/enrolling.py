"""A centre at which stations enrol, and stations that do."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authority.requests import make_key, make_request
from edge.enrolment.enrol import Done, Wishes, enrol
from shian.local.ports import free_port
from storage import enrolment, stations
from storage.stations import Station
from tests.support.edge_station import QUICK
from tests.support.server import Served, serving
from wire import chain
from wire.enrolment import PATH, sign


@dataclass(frozen=True, slots=True)
class Desk:
    """The server, its database, and its authority's folder."""

    server: Served
    dsn: str

    def code(self, name: str = "m1", *, is_new: bool = True) -> str:
        """Return a code for the station, which is added first if it is new."""
        with psycopg.connect(self.dsn) as connection:
            if is_new:
                stations.enrol(connection, Station(name, title=f"{name}市场"))
            return str(enrolment.make_code(connection, name, actor="test").code)

    def enrol(self, folder: Path, name: str = "m1", *, is_new: bool = True) -> Done:
        """Enrol a station in `folder`, as `shian edge enroll` does."""
        code = self.code(name, is_new=is_new)
        return enrol(self.server.address, code, "", Wishes(folder, folder / "data"))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(statement.encode()).fetchall()

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute(statement.encode())


@contextmanager
def enrolling(
    dsn: str, authority: Path | None, port: int, *, is_tls: bool = False, crl_file: Path | None = None, **settings: Any
) -> Iterator[Desk]:
    """Serve a centre at which stations enrol. `port`: of the broker, as stations reach it."""
    here = free_port()
    table: dict[str, Any] = {
        "url": f"http://127.0.0.1:{here}",
        "authority": authority,
        "broker": {"host": "127.0.0.1", "port": port, "is_tls": is_tls},
        "crl_s": 0.1,
        "crl_file": crl_file,
    }
    with serving(dsn, port=here, enrolment=table | settings.pop("enrolment", {}), **settings) as server:
        yield Desk(server, dsn)


def document(done: Done, **more: Any) -> dict[str, Any]:
    """Return the settings that were written, with a test's patience."""
    return document_of(done.settings, **more)


def document_of(settings: Path, **more: Any) -> dict[str, Any]:
    """Return the same of any file."""
    found: dict[str, Any] = tomllib.loads(settings.read_text("utf-8"))
    return found | {"uplink": QUICK, "spool": {"min_free_mib": 1, "retry_s": 0.1}, **more}


def request(code: str, key: Ed25519PrivateKey, **changed: Any) -> dict[str, Any]:
    """Return the body of an enrolment as a station makes it."""
    pem = make_request(make_key()).decode()
    right = {
        "code": code,
        "request": pem,
        "public_key": chain.public_key(key),
        "signature": sign(key, code, pem),
    }
    return right | changed


def ask(desk: Desk, body: dict[str, Any], path: str = PATH) -> tuple[int, str]:
    """Post, and return the status and the name of the problem."""
    answer = desk.server.client.post(path, json=body)
    return answer.status_code, "" if answer.is_success else answer.json()["type"].rpartition(":")[2]
