"""Who may ask: sessions, names, sites, by the smallest app behind the guard (tests/e2e has the whole server)."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from server import access
from server.access import Access, Guard, allowed_hosts

TOKEN = "sixteen-characters"
NOW = 1_800_000_000.0
DOOR = Access(TOKEN, session_s=3600.0, is_behind_tls=False, hosts=None, now=lambda: NOW)
OPEN = replace(DOOR, token=None)
HOSTS = frozenset({"food.example.gov.cn", "localhost"})
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)


def cookie(session: str, door: Access = DOOR) -> Headers:
    return Headers({"cookie": f"{door.cookie}={session}"})


@given(names)
def test_a_session_says_who_signed_in(name: str) -> None:
    assert DOOR.name_in(DOOR.new_session(name)) == name
    assert DOOR.who(cookie(DOOR.new_session(name))) == name


def test_a_session_ends_with_its_time_and_with_its_token() -> None:
    session = DOOR.new_session("Wang Li")
    assert replace(DOOR, now=lambda: NOW + 3599).name_in(session) == "Wang Li"
    assert replace(DOOR, now=lambda: NOW + 3600).name_in(session) is None
    assert replace(DOOR, token="another-token-of-16").name_in(session) is None


@given(st.text())
def test_no_other_text_is_a_session(text: str) -> None:
    assert DOOR.name_in(text) is None


def test_a_changed_session_is_none() -> None:
    expiry, name, mac = DOOR.new_session("Wang Li").split(".")
    later = str(int(expiry) + 1)
    for forged in (
        f"{later}.{name}.{mac}",
        f"{expiry}.{name}00.{mac}",
        f"{expiry}.{name}.{mac[:-1]}",
        f"{expiry}.{name}.",
    ):
        assert DOOR.name_in(forged) is None


@pytest.mark.parametrize(
    ("headers", "who"),
    [
        ({}, None),
        ({"authorization": f"Bearer {TOKEN}"}, "token"),
        ({"authorization": f"bearer  {TOKEN} "}, "token"),
        ({"authorization": f"Basic {TOKEN}"}, None),
        ({"authorization": "Bearer p\xe4ssword"}, None),
        ({"cookie": "shian_session"}, None),
        ({"cookie": "=; shian_session=;;"}, None),
    ],
)
def test_only_the_token_or_a_session_says_who_asks(headers: dict[str, str], who: str | None) -> None:
    assert DOOR.who(Headers(headers)) == who
    assert OPEN.who(Headers(headers)) == "local"


def test_a_wrong_token_beside_a_good_session_opens_nothing() -> None:
    headers = Headers({"authorization": "Bearer wrong", "cookie": f"shian_session={DOOR.new_session('x')}"})
    assert not DOOR.is_signed_in(headers)


def test_behind_tls_the_cookie_is_bound_to_the_host() -> None:
    assert (DOOR.cookie, replace(DOOR, is_behind_tls=True).cookie) == ("shian_session", "__Host-shian")


def test_names_are_asked_for_where_the_server_answers_this_machine_or_is_told_its_names() -> None:
    assert allowed_hosts(is_loopback=False, names=()) is None
    assert allowed_hosts(is_loopback=True, names=()) == frozenset({"localhost", "127.0.0.1", "::1"})
    assert "food.example.gov.cn" in (allowed_hosts(is_loopback=False, names=("Food.Example.gov.cn",)) or ())


def ask(door: Access, method: str, path: str, **headers: str) -> int:
    """Return the status that the guard gives; 200 where it lets the request pass."""
    app = FastAPI()
    app.api_route("/{path:path}", methods=["GET", "HEAD", "PATCH", "POST"])(lambda path: {})
    app.add_middleware(Guard, access=door)

    async def answer() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://food.example.gov.cn") as client:
            return (await client.request(method, path, headers=headers)).status_code

    return asyncio.run(answer())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/static/page.js", 200),
        ("POST", "/api/v1/session", 200),
        ("GET", "/metrics", 401),
        ("GET", "/api/v1/results", 401),
        ("GET", "/static", 401),
        ("GET", "/api/v1/media/00", 401),
        ("HEAD", "/api/v1/media/00", 200),  # with a ticket that server.media looks at
        ("PATCH", "/api/v1/media/00", 200),
        ("POST", "/api/v1/media/00", 401),
    ],
)
def test_without_a_token_only_the_page_the_probes_and_the_stations_pass(method: str, path: str, status: int) -> None:
    assert ask(DOOR, method, path) == status
    assert ask(OPEN, method, path) == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://food.example.gov.cn", 200),
        ("https://food.example.gov.cn:8443", 200),
        ("http://localhost:9000", 403),  # another program of this machine
        ("http://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
def test_another_site_may_change_nothing(origin: str, status: int) -> None:
    door = replace(OPEN, hosts=HOSTS)
    assert ask(door, "POST", "/api/v1/alerts", origin=origin) == status
    assert ask(door, "GET", "/api/v1/alerts", origin=origin) == 200


@pytest.mark.parametrize(("host", "status"), [("localhost:8000", 200), ("evil.example", 421), ("", 421), ("[", 421)])
def test_a_name_that_is_not_ours_is_refused(host: str, status: int) -> None:
    assert ask(replace(OPEN, hosts=HOSTS), "GET", "/", host=host) == status


def test_a_refusal_is_counted_by_its_reason() -> None:
    before = access.REFUSED.labels("token-needed")._value.get()
    assert ask(DOOR, "GET", "/api/v1/results") == 401
    assert access.REFUSED.labels("token-needed")._value.get() == before + 1
