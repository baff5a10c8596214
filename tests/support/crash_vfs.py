"""Power loss for SQLite: a VFS (apsw) that writes down every operation on the disk, and images of the disk that could
be left.

**Recording.** `Recorder.connect` opens a database through a VFS that passes everything on to the real one and appends
to `Recorder.operations`: writes, truncations, syncs and deletions of the database, its WAL and its journal. The -shm
file is shared memory and does not survive a power loss, so it is not recorded and never part of an image.

**Images.** `image(operations, cut, random)` is one disk that a power loss after operation `cut` may leave: everything
up to each file's last sync is there. Of the operations after it, any subset may have reached the disk, in any order,
and a write may be torn: only some of its 512-byte sectors, as old or new. Names are another matter than contents: a
file may be missing, and a deleted one may be back, until the folder was synced. SQLite's unix VFS syncs the folder with
the first sync of a new journal or WAL, and the recording says so. A write damages nothing beside its own range
(SQLite's powersafe-overwrite assumption, which it makes for every disk unless told otherwise).

**Honesty.** edge/spool/spool.py uses the sqlite3 of the standard library, and a VFS can only be put below apsw's own
copy of SQLite. So `Recorder.connect` is handed to the same Spool object as its `connect`: same code, same statements,
same transactions, another build of SQLite for the writing half. The reading half, recovery included, is the Spool
with the plain sqlite3. `is_normal=True` answers `PRAGMA synchronous = FULL` with NORMAL: the control run, which must
lose rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

import apsw

SECTOR = 512
_KEPT = ("spool.db", "spool.db-wal", "spool.db-journal")


@dataclass(frozen=True, slots=True)
class Operation:
    """One step on the disk. `data` of a write; `offset` of a write or the new length of a truncation."""

    kind: Literal["write", "truncate", "sync", "delete", "sync_folder"]
    file: str
    offset: int = 0
    data: bytes = b""


@dataclass(slots=True)
class Recorder:
    is_normal: bool = False
    page_limit: int = 24
    operations: list[Operation] = field(default_factory=list)

    def connect(self, path: Path) -> "RecordedConnection":
        """Connect, for edge.spool.spool.Spool(connect=...). Small checkpoints, so that the database itself is written
        often."""
        name = f"crash-{id(self)}"
        vfs = _Vfs(name, self.operations)
        connection = apsw.Connection(str(path), vfs=name)
        connection.wal_autocheckpoint(self.page_limit)
        return RecordedConnection(connection, vfs, is_normal=self.is_normal)


class RecordedConnection:
    """The part of sqlite3.Connection that the spool uses, over apsw."""

    def __init__(self, connection: apsw.Connection, vfs: "_Vfs", *, is_normal: bool) -> None:
        self._connection = connection
        self._vfs = vfs
        self._is_normal = is_normal

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    def execute(self, sql: str, parameters: Any = (), /) -> "RecordedCursor":
        if self._is_normal:
            sql = sql.replace("synchronous = FULL", "synchronous = NORMAL")
        before = self._connection.total_changes()
        rows = list(self._connection.execute(sql, parameters))
        return RecordedCursor(rows, self._connection.total_changes() - before)

    def executescript(self, sql_script: str, /) -> None:
        list(self._connection.execute(sql_script))

    def close(self) -> None:
        self._connection.close()
        self._vfs.unregister()


class RecordedCursor:
    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Any]:
        return self._rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


class _Vfs(apsw.VFS):
    def __init__(self, name: str, operations: list[Operation]) -> None:
        self._operations = operations
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802  apsw's name
        return _File(name, flags, self._operations)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self._operations.append(Operation("delete", Path(filename).name))
        if syncdir:
            self._operations.append(Operation("sync_folder", ""))


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], operations: list[Operation]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._file = Path(path).name if path else ""
        self._operations = operations
        # As os_unix.c does: UNIXFILE_DIRSYNC for a new journal or WAL.
        self._syncs_folder = self._file.endswith(("-wal", "-journal"))
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._operations.append(Operation("write", self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._operations.append(Operation("truncate", self._file, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._operations.append(Operation("sync", self._file))
        if self._syncs_folder:
            self._operations.append(Operation("sync_folder", ""))
            self._syncs_folder = False


def image(operations: list[Operation], cut: int, random: Random) -> dict[str, bytes]:
    """Return one disk that a power loss after `operations[:cut]` may leave: the content of each file by its name."""
    files: dict[str, bytes] = {}
    for name in _KEPT:
        content = _left(name, operations[:cut], random)
        if content is not None:
            files[name] = content
    return files


def _left(name: str, operations: list[Operation], random: Random) -> bytes | None:
    folder_synced = max((at for at, operation in enumerate(operations) if operation.kind == "sync_folder"), default=-1)
    mine = [(at, operation) for at, operation in enumerate(operations) if operation.file == name]
    deleted = max((index for index, (_, operation) in enumerate(mine) if operation.kind == "delete"), default=None)
    if deleted is not None:
        is_certain = mine[deleted][0] < folder_synced or deleted < len(mine) - 1
        mine = mine[deleted + 1 :] if is_certain or random.random() < 0.5 else mine[:deleted]
    if not mine:
        return None
    if mine[0][0] > folder_synced and random.random() < 0.3:
        return None
    last_sync = max((index for index, (_, operation) in enumerate(mine) if operation.kind == "sync"), default=-1)
    content = bytearray()
    for _, operation in mine[: last_sync + 1]:
        _apply(content, operation)
    for operation in _survivors([survivor for _, survivor in mine[last_sync + 1 :]], random):
        _apply(content, operation)
    return bytes(content)


def _survivors(operations: list[Operation], random: Random) -> list[Operation]:
    """Choose the unsynced operations that reached the disk: in one image a mere prefix, in another a torn jumble."""
    match random.choice(["all", "none", "prefix", "jumble", "jumble"]):
        case "all":
            return operations
        case "none":
            return []
        case "prefix":
            return operations[: random.randint(0, len(operations))]
    kept = [operation for operation in operations if random.random() < 0.6]
    random.shuffle(kept)
    return [piece for operation in kept for piece in _torn(operation, random)]


def _torn(operation: Operation, random: Random) -> list[Operation]:
    if operation.kind != "write" or random.random() < 0.5:
        return [operation]
    pieces, start, end = [], operation.offset, operation.offset + len(operation.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if random.random() < 0.7:
            data = operation.data[start - operation.offset : stop - operation.offset]
            pieces.append(Operation("write", operation.file, start, data))
        start = stop
    return pieces


def _apply(content: bytearray, operation: Operation) -> None:
    match operation.kind:
        case "write":
            end = operation.offset + len(operation.data)
            if len(content) < end:
                content.extend(bytes(end - len(content)))
            content[operation.offset : end] = operation.data
        case "truncate":
            del content[operation.offset :]
            content.extend(bytes(max(0, operation.offset - len(content))))
        case _:
            pass
