"""The guard before the smallest app: names, sites, and the routes that are open to strangers."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers

from server.access.caller import Caller, almighty
from server.access.guard import REFUSED, Guard, Recognise, Site, allowed_hosts
from server.access.need import need
from server.page import PageFiles
from server.problems import install

HOSTS = frozenset({"food.example.gov.cn", "localhost"})
ANY = Site(None, is_behind_tls=False)


async def nobody(_headers: Headers, _address: str) -> Caller | None:
    return None


async def somebody(_headers: Headers, address: str) -> Caller | None:
    return almighty("Wang Li", address)


def small_app(site: Site, recognise: Recognise, folder: str) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/healthz", dependencies=[need("open.health")])
    async def health() -> str:
        return "ok"

    @app.api_route("/media/{digest}", methods=["HEAD", "PATCH"], dependencies=[need("media.upload")])
    async def upload(digest: str) -> str:
        return digest

    @app.get("/media/{digest}", dependencies=[need("media.view")])
    async def media(digest: str) -> str:
        return digest

    @app.api_route("/alerts", methods=["GET", "POST"], dependencies=[need("alerts.step")])
    async def alerts() -> str:
        return "ok"

    app.mount("/static", PageFiles(directory=folder))
    install(app)
    app.add_middleware(Guard, site=site, recognise=recognise, routes=app.router.routes)
    return app


def ask(site: Site, method: str, path: str, recognise: Recognise = somebody, **headers: str) -> int:
    """Return the status that the guard gives, or the app's behind it."""

    async def answer() -> int:
        transport = httpx.ASGITransport(small_app(site, recognise, "server/console/public"))
        async with httpx.AsyncClient(transport=transport, base_url="http://food.example.gov.cn") as client:
            return (await client.request(method, path, headers=headers)).status_code

    return asyncio.run(answer())


def test_names_are_asked_for_where_the_server_answers_this_machine_or_is_told_its_names() -> None:
    assert allowed_hosts(is_loopback=False, names=()) is None
    assert allowed_hosts(is_loopback=True, names=()) == frozenset({"localhost", "127.0.0.1", "::1"})
    assert "food.example.gov.cn" in (allowed_hosts(is_loopback=False, names=("Food.Example.gov.cn",)) or ())


@pytest.mark.parametrize(
    ("method", "path", "status", "known"),
    [
        ("GET", "/healthz", 200, 200),
        ("GET", "/static/icon.svg", 200, 200),
        ("GET", "/static/nothing.js", 404, 404),
        ("GET", "/static", 401, 307),
        ("GET", "/alerts", 401, 200),
        ("GET", "/nowhere", 401, 404),  # a stranger does not learn which addresses there are
        ("GET", "/media/00", 401, 200),
        ("HEAD", "/media/00", 200, 200),  # with a ticket that server.media looks at
        ("PATCH", "/media/00", 200, 200),
        ("POST", "/media/00", 401, 405),
        ("GET", "/healthz/x", 401, 404),
    ],
)
def test_a_stranger_passes_only_where_the_table_says_anybody_or_a_station(
    method: str, path: str, status: int, known: int
) -> None:
    assert ask(ANY, method, path, nobody) == status
    assert ask(ANY, method, path) == known


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://food.example.gov.cn", 200),
        ("http://food.example.gov.cn:8443", 200),
        ("https://food.example.gov.cn", 403),  # this server is not behind TLS: another one speaks under its name
        ("http://localhost:9000", 403),  # another program of this machine
        ("http://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
def test_another_site_may_change_nothing(origin: str, status: int) -> None:
    site = Site(HOSTS, is_behind_tls=False)
    assert ask(site, "POST", "/alerts", origin=origin) == status
    assert ask(site, "GET", "/alerts", origin=origin) == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("https://food.example.gov.cn", 200), ("http://food.example.gov.cn", 403)]
)
def test_behind_tls_a_page_without_it_is_another_site(origin: str, status: int) -> None:
    assert ask(Site(HOSTS, is_behind_tls=True), "POST", "/alerts", origin=origin) == status


@pytest.mark.parametrize(("host", "status"), [("localhost:8000", 200), ("evil.example", 421), ("", 421), ("[", 421)])
def test_a_name_that_is_not_ours_is_refused(host: str, status: int) -> None:
    assert ask(Site(HOSTS, is_behind_tls=False), "GET", "/healthz", host=host) == status


def test_a_refusal_is_counted_by_its_reason() -> None:
    before = REFUSED.labels("token-needed")._value.get()
    assert ask(ANY, "GET", "/alerts", nobody) == 401
    assert REFUSED.labels("token-needed")._value.get() == before + 1
