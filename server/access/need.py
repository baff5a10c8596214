"""The permission that a route declares, and the check of it.

    async def list_results(db: Db, caller: Annotated[Caller, need("results.read")], ...)

A WebSocket route declares the permission to connect in the same way; each message by which a client asks for something
is an `Asking` and names its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar

from fastapi import Depends, WebSocket
from fastapi.routing import RouteContext, iter_route_contexts
from psycopg import Error
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.types import Scope

from server.access.caller import NOTHING, Caller, Reach
from server.access.table import Permission, table
from server.problems import Kind, ProblemError

Asked = TypeVar("Asked", bound="Asking")
_CALLER, _AGAIN = "shian.caller", "shian.again"
_LOOK_AGAIN_S = 5.0
_REFUSED_SOCKET = 1008
NOT_SIGNED_IN = Kind(
    401,
    "token-needed",
    "Sign in first, or show a valid token.",
    "请先登录，或提供有效的访问口令。",
    {"WWW-Authenticate": 'Bearer realm="shian"'},
)


def forbidden(permission: Permission) -> Kind:
    """Return the problem of somebody who has signed in and may not do this."""
    return Kind(
        403,
        "not-permitted",
        f"Your account may not do this: {permission.term.en}.",
        f"您的账号没有此权限：{permission.term.zh}。",
    )


Again = Callable[[], Awaitable[Caller | None]]


def remember(scope: Scope, caller: Caller | None, again: Again | None = None) -> None:
    """Put the caller of a request where `need` finds him; None: nobody has signed in. `again` looks once more."""
    scope[_CALLER], scope[_AGAIN] = caller, again


def caller_of(scope: Scope) -> Caller | None:
    """Return who sent the request; None: nobody has signed in."""
    caller: Caller | None = scope.get(_CALLER)
    return caller


async def until_changed(socket: WebSocket, caller: Caller, permission: str) -> None:
    """Wait until the client has signed out, lost the permission, or has it for other stations than `caller` had."""
    again: Again | None = socket.scope.get(_AGAIN)
    while True:
        await asyncio.sleep(_LOOK_AGAIN_S)
        try:
            now = await again() if again else caller
        except Error:
            continue  # the database is away: nothing new is known
        if now is None or now.reaches.get(permission) != caller.reach:
            return


@dataclass(frozen=True, slots=True)
class Need:
    """The check of one permission, as a dependency of a route."""

    permission: Permission

    async def __call__(self, connection: HTTPConnection) -> Caller:
        """Return the caller. Raises ProblemError (401, 403), WebSocketException."""
        caller = caller_of(connection.scope)
        problem = self._problem(caller)
        if problem is None:
            return caller.asking(self.permission.name) if caller else Caller("", address=_address(connection))
        if connection.scope["type"] == "websocket":
            raise WebSocketException(_REFUSED_SOCKET, problem.name)
        raise ProblemError(problem)

    def _problem(self, caller: Caller | None) -> Kind | None:
        if self.permission.is_open:
            return None
        if caller is None:
            return NOT_SIGNED_IN
        return None if caller.may(self.permission.name) else forbidden(self.permission)


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


@cache
def _need(permission: str) -> Need:
    return Need(table().permissions[permission])


def need(permission: str) -> Any:
    """Return the dependency of a route that asks for this permission. Raises KeyError for one that the table lacks."""
    return Depends(_need(permission))


@dataclass(frozen=True, slots=True)
class Beside:
    """Permission that a handler looks at beside the one that its route declares: who has it may do more there."""

    permission: str
    known: ClassVar[set[str]] = set()

    def __post_init__(self) -> None:
        _ = table().permissions[self.permission]
        self.known.add(self.permission)

    def has(self, caller: Caller) -> bool:
        """Return True when the caller has it, for some area at least."""
        return caller.may(self.permission)

    def reach(self, caller: Caller) -> Reach:
        """Return how far the caller has it."""
        return caller.reaches.get(self.permission, NOTHING)


class Asking(BaseModel):
    """A message of a WebSocket client that asks for something. `PERMISSION` is what it needs."""

    model_config = ConfigDict(extra="forbid")
    PERMISSION: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse a message without a permission of the table."""
        if getattr(cls, "PERMISSION", None) not in table().permissions:
            raise TypeError(f"{cls.__name__}: PERMISSION is none of permissions.toml")


def hear(message: type[Asked], text: str, caller: Caller) -> tuple[Asked, Caller]:
    """Return a message of a client, and the client with the reach of what it asks for.

    Raises pydantic.ValidationError, WebSocketException (it may not be asked).
    """
    if not caller.may(message.PERMISSION):
        raise WebSocketException(_REFUSED_SOCKET, forbidden(table().permissions[message.PERMISSION]).name)
    return message.model_validate_json(text), caller.asking(message.PERMISSION)


def permissions_of(route: RouteContext) -> frozenset[Permission]:
    """Return the permissions that a route declares; of a mounted application its attribute `permission`."""
    dependant = getattr(route.original_route, "dependant", None)
    if dependant is not None:
        return frozenset(_needs(dependant))
    mounted = getattr(getattr(route.original_route, "app", None), "permission", None)
    return frozenset({table().permissions[mounted]} if mounted else ())


def _needs(dependant: Any) -> Iterator[Permission]:
    if isinstance(dependant.call, Need):
        yield dependant.call.permission
    for inner in dependant.dependencies:
        yield from _needs(inner)


def undeclared(routes: list[BaseRoute]) -> list[str]:
    """Return the routes that declare no permission."""
    return [str(route.path) for route in iter_route_contexts(routes) if not permissions_of(route)]
