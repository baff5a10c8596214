"""The answers that a caller may get of an operation, by the permission that its route declares."""

from enum import StrEnum

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from server.access.need import permissions_of
from server.access.table import ACCOUNT, ANYBODY, ENROLLING, STATION
from tests.fuzz.api.callers import NO_ROLE, STRANGER

_NOT_SIGNED_IN = frozenset({401, 404, 405})
_NOT_PERMITTED = frozenset({403, 404, 405, 422})
# Of a machine without a Chinese font, or without room; and of a server that is asked too much.
_DOCUMENTED = frozenset({501, 507})


class Door(StrEnum):
    """Door of an operation: who may pass it."""

    OPEN = "open"
    TICKET = "ticket"
    ACCOUNT = "account"
    ROLE = "role"


def doors(routes: list[BaseRoute]) -> dict[tuple[str, str], Door]:
    """Return the door of each route, by method and path."""
    found: dict[tuple[str, str], Door] = {}
    for route in iter_route_contexts(routes):
        roles = {role for permission in permissions_of(route) for role in permission.roles}
        door = Door.ROLE
        if roles & {STATION, ENROLLING}:
            door = Door.TICKET
        elif ANYBODY in roles:
            door = Door.OPEN
        elif ACCOUNT in roles:
            door = Door.ACCOUNT
        found |= {(method, str(route.path)): door for method in route.methods or ()}
    return found


def wrong(door: Door, caller: str, status: int) -> str:
    """Return why a caller may not get this answer; empty: it may."""
    if status >= 500 and status not in _DOCUMENTED:
        return "a fault of the server"
    if door is Door.OPEN:
        return ""
    if door is Door.TICKET:
        return "went through without a ticket" if status < 400 else ""
    if caller == STRANGER and status not in _NOT_SIGNED_IN:
        return "a stranger is told to sign in, and nothing else"
    if caller == NO_ROLE and door is Door.ROLE and status not in _NOT_PERMITTED:
        return "an account without a role may not"
    return ""
