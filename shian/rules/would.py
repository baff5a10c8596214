"""The alerts of a dry run on the terminal."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from process.terminal import say
from storage.rules.dry_run import Would


def tell(listed: Iterable[Would], zone: ZoneInfo) -> None:
    """Print a line for each alert that would have been raised, with what the rule saw."""
    for one in listed:
        seen = ", ".join(f"{fact}={value}" for fact, value in one.seen.items())
        say(f"  {one.at.astimezone(zone):%m-%d %H:%M} {one.severity} {one.station} {one.device} {seen}")
