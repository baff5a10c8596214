"""The table of permissions as it is written in permissions.toml, which is the only place that says who may do what."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from wire.words import Term, Terms, terms

# Words in the column of roles that no account has as a role.
ANYBODY, ACCOUNT, STATION, ENROLLING = "anybody", "account", "station", "enrolling"
NO_ROLES = frozenset({ANYBODY, ACCOUNT, STATION, ENROLLING})
_OPEN = frozenset({ANYBODY, STATION, ENROLLING})


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of the table. `term`: the permission in words; `roles`: who has it."""

    name: str
    term: Term
    roles: frozenset[str]

    @property
    def is_open(self) -> bool:
        """Return True when nobody has to sign in for it: it is for anybody, or another proof is looked at."""
        return bool(self.roles & _OPEN)


@dataclass(frozen=True, slots=True)
class Table:
    """All permissions and all roles by their names."""

    permissions: Mapping[str, Permission]
    roles: Terms


@cache
def table() -> Table:
    """Read the table. Raises ValueError for a role that it does not name itself."""
    document = tomllib.loads((files("server.access") / "permissions.toml").read_text("utf-8"))
    roles = terms(document["roles"])
    permissions = {}
    for name, line in document["permissions"].items():
        unknown = set(line["roles"]) - set(roles) - NO_ROLES
        if unknown or not line["roles"]:
            raise ValueError(f"permissions.toml: {name}: no such role: {', '.join(sorted(unknown)) or '(none)'}")
        term = terms({name: {"en": line["en"], "zh": line["zh"]}})[name]
        permissions[name] = Permission(name, term, frozenset(line["roles"]))
    return Table(MappingProxyType(permissions), roles)
