"""The limit table that is in force at a station."""

from typing import NamedTuple

from wire.verdicts import LimitTable


class Table(NamedTuple):
    """Limit table with its version; '': the one that came with the package."""

    version: str
    limits: LimitTable
