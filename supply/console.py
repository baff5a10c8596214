"""The npm packages of the console: those of package-lock.json that its page may be made of, and their licences."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "server" / "console" / "package-lock.json"
_FOLDER = "node_modules/"
# What may be in the page: they ask for a notice, which the page serves (/static/licences.txt), and for nothing more.
# CC0 asks for not even that.
ALLOWED = frozenset({"MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "(MIT OR CC0-1.0)"})


class LicenceError(Exception):
    """A package names no licence that may be in the page."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """Package of the lock file. `sha512`: of its file, hex."""

    name: str
    version: str
    licence: str
    sha512: str


def read(path: Path = LOCK) -> list[Package]:
    """Return the packages that the page may be made of; not those that only build and test it. Raises OSError,
    ValueError; LicenceError for one whose licence may not be in the page."""
    packages = sorted(set(_packages(json.loads(path.read_text("utf-8"))["packages"])))
    check(packages)
    return packages


def check(packages: Iterable[Package]) -> None:
    """Check the licences. Raises LicenceError, which names the packages."""
    odd = [f"{one.name} {one.version}: {one.licence}" for one in packages if one.licence not in ALLOWED]
    if odd:
        raise LicenceError(f"not allowed in the page (supply/console.py, ALLOWED): {'; '.join(odd)}")


def _packages(tables: dict[str, dict[str, object]]) -> Iterable[Package]:
    for place, table in tables.items():
        if not place or table.get("dev"):
            continue
        kind, _, digest = str(table.get("integrity", "")).partition("-")
        sha512 = base64.b64decode(digest).hex() if kind == "sha512" else ""
        name = place.rpartition(_FOLDER)[2]
        yield Package(name, str(table["version"]), str(table.get("license", "not named")), sha512)
