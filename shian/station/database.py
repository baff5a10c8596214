"""The database that a command changes stations in: named in its output, and never guessed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from process.language import t
from shian.database_choice import chosen_dsn
from shian.failures import CannotError
from shian.local.folders import chosen_data
from storage.errors import StorageError
from storage.exchange import connect_patiently

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Database as the command line names it: one of the three, or none."""

    dsn: str | None = None
    dsn_file: Path | None = None
    data: Path | None = None

    @property
    def is_open(self) -> bool:
        return self.dsn is None and self.dsn_file is None and self.data is None


@contextmanager
def changing(choice: Choice, cannot: str) -> Iterator[tuple[Connection, str]]:
    """Connect, and hand over the connection and the database's name for people.

    Raises CannotError, also for what goes wrong inside: `cannot` says what was not done."""
    folder = choice.data.absolute() if choice.data else _own_folder() if choice.is_open else None
    dsn = chosen_dsn(choice.dsn, choice.dsn_file, data=folder)
    try:
        with connect_patiently(dsn, "station") as connection:
            yield connection, _name(connection, folder)
    except (StorageError, psycopg.Error, ValueError) as exc:
        raise CannotError(f"{cannot}: {exc}") from exc


def _name(connection: Connection, folder: Path | None) -> str:
    info = connection.info
    place = f"{info.dbname} ({info.host}:{info.port})"
    return f"{place}, {folder}" if folder else place


def _own_folder() -> Path:
    """Return the folder of this user's own `shian up`. The demo's is never meant by saying nothing. Raises
    CannotError."""
    real, demo = chosen_data(None), chosen_data(None, is_demo=True)
    if _is_running(demo) and not _is_running(real):
        raise CannotError(
            t(
                f"which database? The demo runs on {demo}, and nothing runs on {real}: name one by --data",
                f"哪个数据库？示范区正在 {demo} 上运行，{real} 上没有运行：请用 --data 指定",
            )
        )
    path = real / "dsn"
    if not path.exists():
        raise CannotError(
            t(
                f"which database? No `shian up` has run on {real}: give --data, --dsn or --dsn-file",
                f"哪个数据库？{real} 上没有运行过 shian up：请用 --data、--dsn 或 --dsn-file 指定",
            )
        )
    if path.stat().st_uid != os.geteuid():
        raise CannotError(
            t(
                f"the database of {real} is another user's: name it by --data if it is meant",
                f"{real} 的数据库属于其他用户：如确需使用，请用 --data 指定",
            )
        )
    return real


def _is_running(folder: Path) -> bool:
    """Tell whether `shian up` holds the folder."""
    try:
        with (folder / "lock").open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
