"""Who asks, remembered for a moment: what is believed while the database is away, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from psycopg import OperationalError
from starlette.datastructures import Headers

from server.access.people import People, Rules

RULES = Rules(is_on=True, is_behind_tls=False, session_s=3600, idle_s=3600)
COOKIE = Headers({"cookie": "shian_session=secret"})


@dataclass
class Clock:
    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Registry:
    """A database that knows one session, and can be away."""

    is_away: bool = False
    asked: list[str] = field(default_factory=list)
    found: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"session": uuid4(), "id": uuid4(), "name": "wang", "title": "", "scopes": [], "is_due": False}
            | {"grants": [{"role": "inspector", "area": None}]}
        ]
    )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Registry"]:
        if self.is_away:
            raise OperationalError("away")
        yield self

    async def row(self, model: Any, name: str, values: Any) -> Any:
        self.asked.append(name)
        return next((model.model_validate(row) for row in self.found), None)

    async def rows(self, model: Any, name: str) -> list[Any]:
        return []


def ask(people: People, headers: Headers = COOKIE) -> str | None:
    caller = asyncio.run(people.recognise(headers, "192.0.2.1"))
    return caller.name if caller else None


def test_a_session_is_looked_up_once_in_a_moment() -> None:
    registry, clock = Registry(), Clock()
    people = People(registry, RULES, clock)  # type: ignore[arg-type]
    assert [ask(people) for _ in range(5)] == ["wang"] * 5
    assert registry.asked == ["access.session"]
    clock.at += 2.0
    registry.found.clear()
    assert ask(people) is None


def test_a_session_that_ended_here_ends_at_once_also_for_a_look_up_that_is_under_way() -> None:
    people = People(Registry(), RULES, Clock())  # type: ignore[arg-type]
    assert ask(people) == "wang"
    people.forget("secret")
    assert ask(people) is None


def test_whoever_was_known_is_believed_for_a_minute_while_the_database_is_away() -> None:
    registry, clock = Registry(), Clock()
    people = People(registry, RULES, clock)  # type: ignore[arg-type]
    assert ask(people) == "wang"
    registry.is_away = True
    clock.at += 59
    assert ask(people) == "wang"
    clock.at += 2
    with pytest.raises(OperationalError):
        ask(people)
    with pytest.raises(OperationalError):
        ask(people, Headers({"cookie": "shian_session=another"}))


@pytest.mark.parametrize(
    "headers",
    [
        *({}, {"cookie": "shian_session"}, {"cookie": "=; shian_session=;;"}, {"authorization": "Basic x"}),
        *({"authorization": "Bearer eyJ.a.ticket"}, {"authorization": "Bearer \xff"}),
    ],
)
def test_nothing_is_looked_up_for_whoever_shows_nothing_of_ours(headers: dict[str, str]) -> None:
    registry = Registry()
    assert ask(People(registry, RULES), Headers(headers)) is None  # type: ignore[arg-type]
    assert registry.asked == []


def test_behind_tls_the_cookie_is_bound_to_the_host() -> None:
    assert RULES.cookie == "shian_session"
    assert Rules(is_on=True, is_behind_tls=True, session_s=1, idle_s=1).cookie == "__Host-shian"
