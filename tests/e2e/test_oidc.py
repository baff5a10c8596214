"""Sign-in by another server, against Authlib's own server side: who is let in, and what is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest

from tests.support.oidc_provider import CLIENT, SECRET, Provider, new_key, providing
from tests.support.people import ON, add_person
from tests.support.server import Served, serving

Connection = psycopg.Connection[Any]
START, CALLBACK = "/api/v1/oidc/start", "/api/v1/oidc/callback"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as running:
        yield running


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def settings(provider: Provider, folder: Path, **more: Any) -> dict[str, Any]:
    provider.callback = f"http://localhost:1{CALLBACK}"
    (folder / "oidc-secret").write_text(SECRET)
    (folder / "oidc-secret").chmod(0o600)
    oidc = {"issuer": provider.address, "client_id": CLIENT, "client_secret_file": folder / "oidc-secret"}
    return {"accounts": ON, "oidc": oidc | {"address": "http://localhost:1"} | more}


@pytest.fixture
def server(dsn: str, provider: Provider, tmp_path: Path) -> Iterator[Served]:
    with serving(dsn, **settings(provider, tmp_path)) as site:
        yield site


def there_and_back(server: Served) -> dict[str, str]:
    """Begin, agree at the other server, and return what the browser brings back."""
    away = server.client.get(START)
    assert away.status_code == 303
    back = httpx.get(away.headers["location"], trust_env=False, timeout=60)
    assert back.status_code == 302, back.text
    return {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_an_account_is_found_by_issuer_and_subject(server: Served, provider: Provider, database: Connection) -> None:
    add_person(database, "wang", "inspector", identity=f"{provider.address} u-7")
    done = server.get(CALLBACK, **there_and_back(server))
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "SameSite=strict" in done.headers["set-cookie"]
    told = server.get("/api/v1/session").json()
    assert (told["name"], told["has_oidc"]) == ("wang", True)
    deeds = database.execute("SELECT actor, facts::text FROM deed WHERE action = 'signed_in'").fetchall()
    assert [(actor, "oidc" in facts) for actor, facts in deeds] == [("wang", True)]


def test_the_same_name_is_not_the_same_person(server: Served, provider: Provider, database: Connection) -> None:
    add_person(database, "wang.li", "administrator")
    assert refusal(server.get(CALLBACK, **there_and_back(server))) == (403, "account-unknown")


def test_a_state_counts_once_and_only_in_the_browser_that_began(
    server: Served, provider: Provider, database: Connection
) -> None:
    add_person(database, "wang", "inspector", identity=f"{provider.address} u-7")
    brought = there_and_back(server)
    with httpx.Client(base_url=server.address, trust_env=False, timeout=60) as another:
        assert refusal(another.get(CALLBACK, params=brought)) == (401, "sign-in-refused")
    cookie = {"Cookie": f"shian_session-oidc={brought['state']}"}
    assert server.get(CALLBACK, **brought).status_code == 303
    assert (
        refusal(httpx.get(server.address + CALLBACK, params=brought, headers=cookie, trust_env=False, timeout=60))[0]
        == 401
    )
    for odd in ({}, {"state": "x"}, {"code": "x"}, {"code": "x", "state": "x"}):
        assert refusal(server.get(CALLBACK, **odd)) == (401, "sign-in-refused"), odd


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda claims: claims.update(nonce="another"), id="another nonce"),
        pytest.param(lambda claims: claims.pop("nonce"), id="no nonce"),
        pytest.param(lambda claims: claims.update(iss="https://evil.example"), id="another issuer"),
        pytest.param(lambda claims: claims.update(aud=["another"]), id="another audience"),
        pytest.param(lambda claims: claims.update(exp=1_000_000_000), id="expired"),
        pytest.param(lambda claims: claims.update(iat=4_000_000_000), id="of the future"),
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_opens_nothing(
    server: Served, provider: Provider, database: Connection, harm: Callable[[dict[str, Any]], None]
) -> None:
    add_person(database, "wang", "inspector", identity=f"{provider.address} u-7")
    brought = there_and_back(server)
    provider.harm = harm
    assert refusal(server.get(CALLBACK, **brought)) == (401, "sign-in-refused")
    assert server.get("/api/v1/stations").status_code == 401


def test_a_token_that_another_key_signed_opens_nothing(
    server: Served, provider: Provider, database: Connection
) -> None:
    add_person(database, "wang", "inspector", identity=f"{provider.address} u-7")
    brought = there_and_back(server)
    provider.key = new_key("k1")
    assert refusal(server.get(CALLBACK, **brought)) == (401, "sign-in-refused")


def test_a_disabled_account_stays_out(server: Served, provider: Provider, database: Connection) -> None:
    add_person(database, "wang", "inspector", identity=f"{provider.address} u-7")
    database.execute("UPDATE account SET is_enabled = false")
    assert refusal(server.get(CALLBACK, **there_and_back(server))) == (401, "wrong-credentials")


def test_a_new_account_may_do_nothing_until_it_has_a_role(
    dsn: str, provider: Provider, database: Connection, tmp_path: Path
) -> None:
    with serving(dsn, **settings(provider, tmp_path, makes_accounts=True)) as server:
        assert server.get(CALLBACK, **there_and_back(server)).status_code == 303
        assert server.get("/api/v1/session").json()["name"] == "wang.li"
        assert refusal(server.get("/api/v1/stations")) == (403, "not-permitted")
        provider.user = "u-8"  # another person of the same name
        assert refusal(server.get(CALLBACK, **there_and_back(server))) == (403, "account-unknown")


def test_an_issuer_that_is_away_or_another_is_said_plainly(
    dsn: str, provider: Provider, tmp_path: Path, database: Connection
) -> None:
    away = settings(provider, tmp_path, issuer="http://127.0.0.1:9")
    with serving(dsn, **away) as server:
        assert refusal(server.get(START)) == (503, "sign-in-away")
    elsewhere = settings(provider, tmp_path, issuer=provider.address.replace("127.0.0.1", "localhost"))
    with serving(dsn, **elsewhere) as server:
        assert refusal(server.get(START)) == (503, "sign-in-away")
