"""The one token of `token_file`, and the sessions that the page gets for it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from server.access.door import Door

TOKEN = "sixteen-characters"
NOW = 1_800_000_000.0
DOOR = Door(TOKEN, session_s=3600.0, is_behind_tls=False, now=lambda: NOW)
OPEN = replace(DOOR, token=None)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)


def cookie(session: str, door: Door = DOOR) -> Headers:
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
    assert DOOR.who(headers) is None


def test_behind_tls_the_cookie_is_bound_to_the_host() -> None:
    assert (DOOR.cookie, replace(DOOR, is_behind_tls=True).cookie) == ("shian_session", "__Host-shian")
