"""The address of a chat group's robot: the URL that the platform shows, or its key alone below a base of ours."""

import re

from server.delivery.address import check_url

_KEY = re.compile(r"[A-Za-z0-9_-]{16,200}")


def check_robot(text: str) -> None:
    """Check an address that somebody gives. Raises ValueError for what is neither a URL nor a key."""
    if not _KEY.fullmatch(text):
        check_url(text)


def robot_url(address: str, base: str) -> tuple[str, bool]:
    """Return the URL of a robot, and whether it is below the operator's base (`{key}` is put into it)."""
    return (base.replace("{key}", address), True) if _KEY.fullmatch(address) else (address, False)
