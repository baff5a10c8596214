"""Every route, asked with values that nobody means well by: never a 500, and never a connection that is just cut."""

import base64
import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.media import JPEG, Photographer
from tests.support.server import Served, add_alert, add_result, serving
from tests.support.waiting import wait_for

TEXTS = [
    "",
    "\x00",
    "a\x00b",
    "%00",
    "../../../etc/passwd",
    "..%2f",
    "'; DROP TABLE event; --",
    "\ud800",
    "\udcff",
    "\N{RIGHT-TO-LEFT OVERRIDE}x",
    "٣",
    "²",
    "nan",
    "inf",
    "-1",
    "1e999",
    "9" * 30,
    "-9223372036854775809",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "0000-00-00",
    "+292277026596-12-04",
    "00000000-0000-0000-0000-000000000000",
    "x" * 5000,
    "[" * 3000,
    "eyJ",
    "\r\nX: y",
    "韭菜" * 300,
]
BODIES = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"0",
    b'"\\ud800"',
    b'{"name": "\\ud800", "note": "\\u0000", "token": "\\udfff"}',
    b'{"name": "a\\u0000", "actor": "a", "channel": "webhook", "address": "http://[::1"}',
    b'{"name": "a", "actor": "a", "channel": "webhook", "address": "http://\\ud800/"}',
    b'{"name": "a", "actor": "a", "channel": "webhook", "address": "http://a:99999999999/"}',
    b'{"name": "a", "actor": "a", "channel": "webhook", "address": "http://xn--/", "areas": ["\\u0001"]}',
    b'{"a": 1e999999}',
    b"[" * 30_000,
    b'{"a":' * 10_000,
    b"9" * 10_000,
]
HEADERS = {
    "authorization": ["Bearer", "Bearer \xff", "Bearer a.b.c", "bearer", "Basic ::::", "Bearer " + "." * 500],
    "cookie": ["shian_session=", "shian_session=..", "shian_session=9.zz.0", "a=\xff", "=;=;=", 'a="\\377'],
    "range": ["bytes=", "bytes=-", "bytes=9-0", "bytes=-0", "lines=1", "bytes=0-0,1-1", "bytes=999999999999999-"],
    "accept-language": ["\xff", "zh" * 1000, ";;;"],
    "if-none-match": ["\xff", '"' * 100],
    "content-type": ["\xff", "multipart/form-data", "application/json; charset=utf-32"],
    "upload-offset": ["-1", "\xb2", "1e3", "9" * 30],
    "origin": ["null", "http://[", "http://\xff", "://"],
    "forwarded": ["for=\xff"],
}


@pytest.fixture
def database(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def station(database: psycopg.Connection[Any]) -> Photographer:
    photographer = Photographer()
    photographer.enrol(database)
    add_result(database, photographer.name)
    add_alert(database, photographer.name)
    return photographer


@pytest.fixture
def server(dsn: str, tmp_path: Path, station: Photographer) -> Iterator[Served]:
    with serving(dsn, media={"folder": tmp_path / "media"}, limits={"requests_burst": 1_000_000}) as site:
        yield site


def fault(answer: httpx.Response, why: object) -> str:
    """Return the complaint about an answer: a fault of the server's own, or an error that is no problem document."""
    if answer.status_code >= 500:
        return f"{answer.status_code} for {why!r:.300}: {answer.text[:200]}"
    if answer.status_code >= 400 and answer.request.method != "HEAD" and "/static/" not in str(answer.request.url):
        is_plain = not answer.headers.get("content-type", "").startswith("application/problem+json")
        # What h11 cannot read at all never comes as far as a problem.
        return f"no problem for {why!r:.300}: {answer.text[:200]}" if is_plain and answer.text[:7] != "Invalid" else ""
    return ""


def routes(server: Served) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Yield the method, the path's pattern, the names in it and those of its query."""
    document = server.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            named = operation.get("parameters", [])
            yield (
                method.upper(),
                path,
                [each["name"] for each in named if each["in"] == "path"],
                [each["name"] for each in named if each["in"] == "query"],
            )
    for method, path in (("HEAD", "/api/v1/media/{digest}"), ("PATCH", "/api/v1/media/{digest}"), ("GET", "/{name}")):
        yield method, path, [path.rpartition("{")[2][:-1]], []


def text_of(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


# In parts: there are thousands of addresses, and a test has three minutes.
@pytest.mark.parametrize("part", range(4))
def test_no_value_of_an_address_makes_a_500(server: Served, part: int) -> None:
    faults = []
    for method, path, places, names in list(routes(server))[part::4]:
        for value in TEXTS:
            filled = path
            for place in places:
                filled = filled.replace("{" + place + "}", text_of(value) or "%20")
            queries = [f"{name}={text_of(value)}" for name in names] or [""]
            for query in queries if places == [] else queries[:1]:
                answer = server.client.request(method, f"{filled}?{query}")
                faults.append(fault(answer, (method, path, query, value)))
    assert not list(filter(None, faults))


def test_no_body_makes_a_500(server: Served) -> None:
    faults = []
    kind = {"Content-Type": "application/json"}
    one = server.get("/api/v1/alerts").json()["items"][0]["id"]
    for method, path, places, _ in routes(server):
        if method in ("GET", "HEAD"):
            continue
        filled = path
        for place in places:
            filled = filled.replace("{" + place + "}", one)
        for body in BODIES:
            answer = server.client.request(method, filled, content=body, headers=kind)
            faults.append(fault(answer, (method, path, body)))
            # What is not even text is a 422 like all else that is not JSON.
            assert answer.status_code != 400, (method, path, body, answer.text)
    assert not list(filter(None, faults))


def test_no_header_makes_a_500(server: Served, tmp_path: Path) -> None:
    faults = []
    digest = hashlib.sha256(JPEG).hexdigest()
    asked = [("GET", "/api/v1/results"), ("POST", "/api/v1/session"), ("GET", f"/api/v1/media/{digest}")]
    asked += [("HEAD", f"/api/v1/media/{digest}"), ("PATCH", f"/api/v1/media/{digest}"), ("GET", "/static/icon.svg")]
    for (method, path), (name, values) in itertools.product(asked, HEADERS.items()):
        for value in values:
            answer = server.client.request(method, path, headers=[(name.encode(), value.encode("latin-1"))])
            faults.append(fault(answer, (method, path, name, value)))
    assert not list(filter(None, faults))


def part(value: object) -> bytes:
    said = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(said).rstrip(b"=")


GOOD = {"alg": "Ed25519"}
HEADS: list[object] = [
    {"alg": "none"}, {"alg": None}, {"alg": []}, {"alg": 1}, {"alg": "HS256"}, {"alg": "EdDSA", "crit": ["b64"]},
    GOOD | {"b64": False, "crit": ["b64"]}, GOOD | {"crit": 5}, GOOD | {"crit": [1]}, GOOD | {"kid": []}, [], 5, None,
    "alg", b"\xff", b"", b"[" * 900, GOOD | {"jwk": {"kty": 7}}, GOOD | {"zip": "DEF"}, GOOD | {"typ": 5},
]  # fmt: skip
CLAIMS: list[object] = [
    [], 5, None, "iss", b"\xff", b"", b"[" * 900, {}, {"iss": None}, {"iss": 5}, {"iss": []}, {"iss": {"a": 1}},
    {"iss": "\x00"}, {"iss": "\ud800"}, {"iss": "chaoyang-01"}, {"iss": "x" * 2000},
]  # fmt: skip
SIGNED: list[dict[str, Any]] = [
    {"exp": "soon"}, {"exp": None}, {"exp": []}, {"exp": {}}, {"exp": True}, {"exp": -1}, {"exp": 10**400},
    {"exp": float("inf")}, {"exp": float("nan")}, {"iat": "now"}, {"iat": []}, {"iat": float("nan")}, {"nbf": "x"},
    {"nbf": 10**300}, {"nbf": []}, {"aud": []}, {"aud": {}}, {"aud": [[]]}, {"aud": [5]}, {"aud": None}, {"sub": []},
    {"sub": None}, {"sub": 5}, {"sub": {"a": 1}}, {"jti": []}, {"iss": 5}, {"iss": ["chaoyang-01"]},
]  # fmt: skip


@pytest.mark.parametrize("method", ["HEAD", "PATCH"])
def test_no_ticket_makes_a_500(server: Served, station: Photographer, method: str) -> None:
    """Show forged and signed tickets. Whoever has one station's key may write any claims into a ticket."""
    digest = hashlib.sha256(JPEG).hexdigest()
    forged = [b".".join((part(head), part(claims), part(b"x" * 64))) for head in HEADS for claims in CLAIMS]
    forged += [b"..", b".", b"a.b", b"a.b.c.d", b"a.b.c.d.e", b"\xff.\xff.\xff", b"=.=.=", b"e30.e30.", b"A" * 4000]
    headers = [(b"Authorization", b"Bearer " + ticket) for ticket in forged]
    headers += [(b"Authorization", station.ticket(digest, **claims)["Authorization"].encode()) for claims in SIGNED]
    faults = []
    for shown in headers:
        answer = server.client.request(method, f"/api/v1/media/{digest}", headers=[shown])
        if answer.status_code not in (401, 404):
            faults.append(f"{answer.status_code} for {shown}")
    assert not faults


@pytest.mark.parametrize(
    "path", ["/api/v1/live", "/api/v1/live?cursor=%00", "/api/v1/live?cursor=" + "9" * 40, "/api/v1/watch", "/ws"]
)
def test_a_hostile_websocket_is_closed_with_a_reason(server: Served, path: str) -> None:
    for said in ("", "\x00", "[" * 3000, '{"watch": [{"station": "\\ud800"}]}', b"\xff\x00", "9" * 3000):
        try:
            with server.socket(path) as socket:
                socket.send(said)
                for _ in range(5):
                    socket.recv(timeout=0.2)
        except ConnectionClosed as exc:
            assert exc.rcvd is None or exc.rcvd.code != 1011, (path, said)
        except InvalidStatus as exc:
            assert exc.response.status_code < 500
        except TimeoutError:
            pass
    wait_for(lambda: server.get("/readyz").status_code == 200, what="a server that is ready")
