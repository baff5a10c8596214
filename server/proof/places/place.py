"""A place outside of the database that keeps anchors."""

from typing import Protocol

from wire.anchors import Anchor, AnchorFile


class NotKeptError(Exception):
    """The place did not take the anchor; it is offered again. The text says why."""


class Place(Protocol):
    """One place. `keep` may be asked for an anchor that is there already, and then does nothing wrong."""

    @property
    def name(self) -> str:
        """Return the name by which alerts and the database know it."""
        ...

    def newest(self) -> Anchor | None:
        """Return the newest anchor that is there; None for none, and where the place cannot be asked. Blocks. Raises
        NotKeptError."""
        ...

    async def keep(self, file: AnchorFile) -> None:
        """Keep an anchor. Raises NotKeptError."""
        ...
