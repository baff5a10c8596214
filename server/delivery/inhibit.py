"""Causes and what they hush, as written in inhibit.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from wire.terms import Rule

_NEVER = frozenset({Rule.FAILED_TEST})
_SCOPES = frozenset({"device", "station", "district"})


@dataclass(frozen=True, slots=True)
class Inhibitions:
    """Pairs of a cause and a rule that it hushes, as columns for a query."""

    causes: tuple[str, ...]
    hushed: tuple[str, ...]
    scopes: tuple[str, ...]

    def values(self) -> dict[str, object]:
        """Return the parameters of a query."""
        return {"causes": list(self.causes), "hushed": list(self.hushed), "scopes": list(self.scopes)}


@cache
def inhibitions() -> Inhibitions:
    """Read the table. Raises ValueError for a rule that is none, or that nothing may hush."""
    rows: list[tuple[str, str, str]] = []
    for entry in tomllib.loads((files("server.delivery") / "inhibit.toml").read_text("utf-8"))["inhibit"]:
        rows += [(Rule(entry["cause"]), Rule(rule), entry["scope"]) for rule in entry["hushes"]]
    if bad := [hushed for _, hushed, scope in rows if hushed in _NEVER or scope not in _SCOPES]:
        raise ValueError(f"inhibit.toml: {', '.join(bad)}")
    causes, hushed, scopes = zip(*rows, strict=True)
    return Inhibitions(tuple(map(str, causes)), tuple(map(str, hushed)), scopes)
