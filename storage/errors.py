"""Errors of the database. A driver's error is translated once, here, and kept as the cause."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class StorageError(Exception):
    """Base of all of them; the docstring of each is its message unless a better one is given."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n", 1)[0])


class ChangedMigrationError(StorageError):
    """A migration that was applied is not the one in this version of the code."""


class NewerDatabaseError(StorageError):
    """The database was migrated by a newer version of Shian."""


class BrokenPackageError(StorageError):
    """The numbered SQL files of this package are not whole."""


class UnknownStationError(StorageError):
    """Unknown station: there is none of that name."""


class UnknownAreaError(StorageError):
    """Unknown area: there is none of that code."""

    def __init__(self, area: str) -> None:
        super().__init__(f"there is no area {area!r}")
        self.area = area


class DatabaseAwayError(StorageError):
    """The database cannot do its work now: nothing was stored, and the same may be tried again later."""


class ConflictError(StorageError):
    """Another transaction was in the way (deadlock, serialization): the same may be tried again at once."""


class RowsRefusedError(StorageError):
    """The database will never store these rows as they are."""


# By class of SQLSTATE. Whatever is not named here may get better by itself or by an operator's hand (connection,
# resources, privileges, a missing migration, a standby): nothing is refused for that, it is tried again.
_REFUSED = ("0A", "21", "22", "23", "2F", "38", "39", "44", "54", "P0")
_CONFLICTS = ("40001", "40P01", "55P03")


@contextmanager
def translated() -> Iterator[None]:
    """Translate psycopg's errors. Raises DatabaseAwayError, ConflictError or RowsRefusedError in their place, and
    RowsRefusedError for a value that the driver itself cannot write (a time out of range, a lone surrogate)."""
    try:
        yield
    except psycopg.Error as exc:
        raise _translation(exc) from exc
    except (UnicodeEncodeError, OverflowError) as exc:
        raise RowsRefusedError(f"{type(exc).__name__}: {exc}") from exc


def _translation(exc: psycopg.Error) -> StorageError:
    state = exc.sqlstate
    message = f"{state or type(exc).__name__}: {str(exc).strip()[:400]}"
    if state in _CONFLICTS:
        return ConflictError(message)
    if state is not None and state.startswith(_REFUSED):
        return RowsRefusedError(message)
    if state is None and isinstance(exc, psycopg.DataError):
        return RowsRefusedError(message)
    return DatabaseAwayError(message)
