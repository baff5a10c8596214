"""The one who asks: the name that goes into steps and audit, the permissions, and the areas for which they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from uuid import UUID

from server.access.table import table
from storage.deeds import Actor
from wire.terms import ActorKind


@dataclass(frozen=True, slots=True)
class Reach:
    """The part of the district that somebody may see. None: all of it, also what belongs to no station or area.

    `areas` holds the areas below the named ones too; `stations` are those that lie in them.
    """

    areas: frozenset[str] | None
    stations: frozenset[str] | None
    _texts: list[str] = field(default_factory=list, init=False, compare=False, repr=False)

    def texts(self) -> tuple[str, str]:
        """Return stations and areas as PostgreSQL writes arrays, for `text[]`.

        Written once: to turn a list of 200 names into an array costs each request a tenth of a millisecond."""
        if not self._texts:
            self._texts[:] = [_array(sorted(names or ())) for names in (self.stations, self.areas)]
        return self._texts[0], self._texts[1]

    def listed(self) -> list[str] | None:
        """Return the stations as a query's parameter; None: all of them."""
        return None if self.stations is None else sorted(self.stations)

    @property
    def is_everything(self) -> bool:
        return self.stations is None

    def has_station(self, station: str) -> bool:
        """Return True when the station lies in these areas; one of no station (`""`) belongs to the whole."""
        return self.stations is None or station in self.stations

    def has_area(self, area: str | None) -> bool:
        """Return True when the area is one of these; None belongs to the whole."""
        return self.areas is None or area in self.areas


def _array(names: list[str]) -> str:
    quoted = (name.replace("\\", "\\\\").replace('"', '\\"') for name in names)
    return "{" + ",".join(f'"{name}"' for name in quoted) + "}"


EVERYTHING = Reach(None, None)
NOTHING = Reach(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Caller:
    """Caller of the API. `name` is the one of the account, never a text that came with the request.

    `reaches`: each permission that the caller has, and how far; `reach`: that of the route which is asked.
    """

    name: str
    account: UUID | None = None
    roles: frozenset[str] = frozenset()
    address: str = ""
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    reach: Reach = NOTHING
    title: str = ""
    session: UUID | None = None
    is_program: bool = False

    def may(self, permission: str) -> bool:
        """Return True when the caller has the permission, for some area at least."""
        return permission in self.reaches

    @property
    def actor(self) -> Actor:
        """Return the caller as the audit names it."""
        kind = ActorKind.PROGRAM if self.is_program else ActorKind.PERSON
        return Actor(self.name, kind, self.account, self.address)

    def asking(self, permission: str) -> "Caller":
        """Return the caller with the reach of one permission."""
        return replace(self, reach=self.reaches.get(permission, NOTHING))

    def at(self, address: str) -> "Caller":
        """Return the caller as asking from there."""
        return replace(self, address=address)


def almighty(name: str, address: str = "") -> Caller:
    """Return a caller who has every permission for the whole district."""
    everything = MappingProxyType(dict.fromkeys(table().permissions, EVERYTHING))
    return Caller(name, roles=frozenset({"administrator"}), address=address, reaches=everything, reach=EVERYTHING)
