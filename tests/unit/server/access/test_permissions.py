"""The table of permissions is whole: every route and every message of a WebSocket is in it, and nothing else."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.exceptions import WebSocketException

from process import signing_key
from server.access.caller import EVERYTHING, NOTHING, Caller, Reach, almighty
from server.access.need import Asking, Beside, Need, hear, need, permissions_of, remember, undeclared
from server.access.table import NO_ROLES, table
from server.app import create_app
from server.enrolment.settings import EnrolmentSettings, StationBroker
from server.live_video.watch import Watch
from server.problems import ProblemError
from server.proof.settings import ProofSettings
from server.settings import DatabaseSettings, MediaSettings, ServerSettings

ROOT = Path(__file__).parents[4]
# Modules that read a WebSocket only to notice its end.
_HEAR_NOTHING = {"server/feed/api.py"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("media")
    database = DatabaseSettings(dsn="postgresql://127.0.0.1/none")
    enrolment = EnrolmentSettings(url="https://centre.example", broker=StationBroker(is_tls=False))
    key = folder / "centre.pem"
    signing_key.make(key)
    settings = ServerSettings(
        database=database, media=MediaSettings(folder=folder), enrolment=enrolment, proof=ProofSettings(key_file=key)
    )
    return create_app(settings)


def test_every_route_declares_its_permission(app: FastAPI) -> None:
    assert len(list(iter_route_contexts(app.router.routes))) > 25
    assert undeclared(app.router.routes) == []


def test_a_route_without_a_permission_is_named(app: FastAPI) -> None:
    small = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @small.get("/forgotten")
    async def forgotten() -> str:
        return "open to all"

    assert undeclared(small.router.routes) == ["/forgotten"]


def test_no_permission_is_left_over(app: FastAPI) -> None:
    asked = {one.name for route in iter_route_contexts(app.router.routes) for one in permissions_of(route)}
    asked |= {message.PERMISSION for message in Asking.__subclasses__()} | Beside.known
    assert set(table().permissions) - asked == set()


def test_every_role_has_something_and_every_permission_has_words() -> None:
    roles = set(table().roles)
    assert {role for permission in table().permissions.values() for role in permission.roles} - NO_ROLES == roles
    for permission in table().permissions.values():
        assert permission.term.en and permission.term.zh, permission.name


def _reading(tree: ast.Module) -> Iterator[ast.Call]:
    """Find the calls that take a message of a WebSocket."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_socket = isinstance(node.func.value, ast.Name) and node.func.value.id in ("socket", "websocket")
            if is_socket and node.func.attr.startswith(("receive", "iter_")):
                yield node


def test_every_module_that_reads_a_websocket_hears_messages_with_a_permission() -> None:
    readers = set()
    for path in sorted((ROOT / "server").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(_reading(tree)):
            name = str(path.relative_to(ROOT))
            readers.add(name)
            calls = {
                node.func.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert "hear" in calls or name in _HEAR_NOTHING, name
    assert readers == {"server/feed/api.py", "server/live_video/watch.py"}


def test_a_message_without_a_permission_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="PERMISSION"):

        class Forgotten(Asking):
            pass

    with pytest.raises(TypeError, match="PERMISSION"):

        class Unknown(Asking):
            PERMISSION: ClassVar[str] = "cameras.steal"


def test_a_message_is_heard_from_whom_it_is_permitted() -> None:
    said, asking = hear(Watch, '{"watch": []}', almighty("x"))
    assert (said.watch, asking.reach) == ((), EVERYTHING)
    with pytest.raises(WebSocketException):
        hear(Watch, '{"watch": []}', Caller("x", reaches={"live.read": EVERYTHING}))
    with pytest.raises(ValidationError):
        hear(Watch, '{"watch": [], "more": 1}', almighty("x"))


class Connection:
    """A request as far as `Need` looks at it."""

    client = None

    def __init__(self, caller: Caller | None, kind: str = "http") -> None:
        self.scope: dict[str, Any] = {"type": kind, "headers": Headers().raw}
        remember(self.scope, caller)


def asks(permission: str, caller: Caller | None, kind: str = "http") -> Caller:
    check: Need = need(permission).dependency
    return asyncio.run(check(Connection(caller, kind)))  # type: ignore[arg-type]


def test_the_check_gives_the_reach_of_the_permission_that_is_asked() -> None:
    market = Reach(frozenset({"east"}), frozenset({"m1"}))
    caller = Caller("Wang Li", reaches={"results.read": market, "alerts.read": EVERYTHING})
    assert asks("results.read", caller).reach == market
    assert asks("alerts.read", caller).reach == EVERYTHING
    assert asks("open.health", caller).reach == NOTHING
    assert asks("open.health", None).name == ""


def test_a_stranger_and_somebody_without_the_right_are_told_apart() -> None:
    with pytest.raises(ProblemError) as stranger:
        asks("results.read", None)
    with pytest.raises(ProblemError) as signed_in:
        asks("results.read", Caller("Wang Li", reaches={"alerts.read": EVERYTHING}))
    assert (stranger.value.kind.status, signed_in.value.kind.status) == (401, 403)
    assert "see results" in signed_in.value.kind.english
    assert "检测结果" in signed_in.value.kind.chinese
    with pytest.raises(WebSocketException):
        asks("results.read", None, "websocket")


def test_an_unknown_permission_cannot_be_declared() -> None:
    with pytest.raises(KeyError):
        need("results.steal")


def test_a_reach_is_the_array_of_its_names_whatever_they_are(dsn: str) -> None:
    names = frozenset({"m1", 'a"b', "a\\b", "x,y", "{}", " NULL ", "NULL", "", "区"})
    cases: list[tuple[frozenset[str] | None, frozenset[str] | None]]
    cases = [(names, frozenset()), (frozenset(), names), (None, None)]
    with psycopg.connect(dsn) as connection:
        for stations, areas in cases:
            texts = Reach(areas, stations).texts()
            ((first, second),) = connection.execute("SELECT %s::text[], %s::text[]", texts).fetchall()
            assert (sorted(first), sorted(second)) == (sorted(stations or ()), sorted(areas or ()))
