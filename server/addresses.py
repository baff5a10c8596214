"""The addresses of the console's places that others are told: links in messages, and of the API. Pure.

The console's own routes are server/console/src/router.ts; a test holds both against each other.
"""

from uuid import UUID

ALERTS, OPEN = "/alerts", "open"


def page_of(alert: UUID) -> str:
    """Return the address of an alert, below that of the server."""
    return f"{ALERTS}?{OPEN}={alert}"


def link_of(public_url: str, alert: UUID) -> str:
    """Return the link to an alert; empty where nobody said under which address people reach the server."""
    return f"{public_url.rstrip('/')}{page_of(alert)}" if public_url else ""
