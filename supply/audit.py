"""`./dev audit`: the locked packages against the published vulnerabilities (OSV).

Three ends that must not be taken for each other: nothing is known (0), something is (1), and nobody could be asked (3).
"""

import argparse
import json
import os
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.error import URLError

from process.terminal import say
from supply.locked import Locked, read

SOURCE = "https://api.osv.dev/v1/querybatch"
NOTHING, FOUND, NOT_ASKED = 0, 1, 3
_WAIT_S = 30.0
_AT_ONCE = 500


class NotAskedError(Exception):
    """The source cannot be reached, or does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Vulnerabilities that are known of a package, by their ids."""

    package: Locked
    ids: tuple[str, ...]


def ask(packages: Sequence[Locked], source: str) -> list[Finding]:
    """Return what the source knows of these packages. Raises NotAskedError."""
    found = []
    for start in range(0, len(packages), _AT_ONCE):
        some = packages[start : start + _AT_ONCE]
        found += [Finding(package, ids) for package, ids in zip(some, _batch(some, source), strict=True) if ids]
    return found


def _batch(packages: Sequence[Locked], source: str) -> list[tuple[str, ...]]:
    """Return the ids for each package. An answer that leaves one out is none."""
    queries = [
        {"package": {"name": package.name, "ecosystem": "PyPI"}, "version": package.version} for package in packages
    ]
    request = urllib.request.Request(  # noqa: S310  the address is that of the one who runs it
        source, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_WAIT_S) as answer:  # noqa: S310
            results = json.load(answer)["results"]
        ids = [tuple(str(known["id"]) for known in result.get("vulns", ())) for result in results]
    except (URLError, OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise NotAskedError(f"{type(exc).__name__}: {exc}") from exc
    if len(ids) != len(packages):
        raise NotAskedError(f"{len(ids)} answers to {len(packages)} questions")
    return ids


def main(source: str = os.environ.get("SHIAN_AUDIT_SOURCE", SOURCE)) -> int:
    """Ask, and say what came of it. Return the exit code."""
    packages = read()
    try:
        found = ask(packages, source)
    except NotAskedError as exc:
        say(f"NOT AUDITED: {source} could not be asked ({exc}). Nothing is known about the {len(packages)} packages.")
        say("Set SHIAN_AUDIT_SOURCE to a mirror, or run this where the network is open. / 未能查询漏洞库，未审计。")
        return NOT_ASKED
    for finding in found:
        say(f"{finding.package.name} {finding.package.version}: {', '.join(finding.ids)}")
    if found:
        say(f"{len(found)} of {len(packages)} locked packages have known vulnerabilities ({source}).")
        return FOUND
    say(f"{len(packages)} locked packages were asked about at {source}: nothing is known against them.")
    return NOTHING


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.exit(main())
