"""The tree of areas, and the stations in it: how far a role reaches that was given for some areas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server.access.caller import EVERYTHING, Reach
from server.access.table import ACCOUNT, Permission, table
from storage.accounts import Grant


@dataclass(frozen=True, slots=True)
class District:
    """Areas with the areas above them (None: at the top), and stations with their areas, as they are at one moment."""

    parents: Mapping[str, str | None]
    stations: Mapping[str, str | None]
    _known: dict[frozenset[str], Reach] = field(default_factory=dict)

    def reach(self, areas: frozenset[str] | None) -> Reach:
        """Return these areas with all areas below them, and their stations; None: everything."""
        if areas is None:
            return EVERYTHING
        found = self._known.get(areas)
        if found is None:
            below = frozenset(area for area in self.parents if not areas.isdisjoint(self._upwards(area)))
            here = frozenset(name for name, area in self.stations.items() if area in below)
            found = self._known[areas] = Reach(below, here)
        return found

    def reaches(self, grants: Iterable[Grant], scopes: frozenset[str] = frozenset()) -> dict[str, Reach]:
        """Return each permission that the grants give, and how far. `scopes`: none but these; empty: all."""
        held = tuple(grants)
        return {
            name: self.reach(areas)
            for name, permission in table().permissions.items()
            if (not scopes or name in scopes) and (areas := _areas(permission, held)) != frozenset()
        }

    def _upwards(self, area: str) -> set[str]:
        """Return the area and all above it. A tree that somebody has made a ring ends where it began."""
        found: set[str] = set()
        here: str | None = area
        while here is not None and here not in found:
            found.add(here)
            here = self.parents.get(here)
        return found


def _areas(permission: Permission, grants: tuple[Grant, ...]) -> frozenset[str] | None:
    """Return the areas for which the permission was given; none of them: it was not given; None: everything."""
    if ACCOUNT in permission.roles:
        return None
    areas = [grant.area for grant in grants if grant.role in permission.roles]
    return None if None in areas else frozenset(area for area in areas if area is not None)
