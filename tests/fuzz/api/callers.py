"""The callers: a stranger, an account that may do nothing, a token of one street, and an account that may do all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import requests
from schemathesis import Case

from server.access.table import table
from tests.e2e.test_areas_of_routes import COOKIE, District
from tests.support.people import PASSWORD, add_person, add_token

STRANGER, NO_ROLE, STREET, ALL_ROLES = "nobody", "no role", "token of a street", "all roles"
Answer = Any  # of schemathesis


@dataclass(slots=True)
class Caller:
    """Caller of operations. `name` at sign-in; "": it shows `headers` and nothing else."""

    title: str
    address: str
    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, case: Case[Any]) -> Answer:
        """Send the request. A session that an earlier one has ended, as some do, is opened again."""
        answer = self._send(case)
        if self.name and answer.status_code == 401:
            self.sign_in()
            answer = self._send(case)
        return answer

    def get(self, path: str) -> httpx.Response:
        """Ask for an address."""
        return httpx.get(self.address + path, headers=self.headers, timeout=20, trust_env=False)

    def sign_in(self) -> None:
        """Open a session."""
        body = {"name": self.name, "password": PASSWORD}
        answer = httpx.post(f"{self.address}/api/v1/session", json=body, timeout=20, trust_env=False)
        assert answer.status_code == 204, answer.text
        self.headers = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}

    def _send(self, case: Case[Any]) -> Answer:
        self.session.cookies.clear()
        return case.call(self.address, session=self.session, headers=self.headers, timeout=30, allow_redirects=False)


@contextmanager
def callers(district: District) -> Iterator[list[Caller]]:
    """Make the callers, in the order in which they ask: whoever can break most comes last."""
    address, database = district.server.address, district.database
    add_person(database, "idle")
    add_person(database, "fuzz-all", *table().roles)
    street = add_person(database, "fuzz-street", *table().roles, area="east")
    bearer = {"Authorization": f"Bearer {add_token(database, street)}"}
    made = [
        Caller(STRANGER, address),
        Caller(NO_ROLE, address, name="idle"),
        Caller(STREET, address, bearer),
        Caller(ALL_ROLES, address, name="fuzz-all"),
    ]
    for caller in made:
        caller.session.trust_env = False
        if caller.name:
            caller.sign_in()
    try:
        yield made
    finally:
        for caller in made:
            caller.session.close()
