"""Named queries: SQL lives beside the code that runs it, one statement under each `-- name: ...` line."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from storage.errors import BrokenPackageError

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)\n", re.MULTILINE)


@cache
def queries(file: str, package: str = "storage") -> Mapping[str, bytes]:
    """Return the statements of a file by name, as the bytes that psycopg takes for a query.

    The file is {package}/queries/{file}.sql, or {package}/{file}.sql where the package has no such folder.

    Raises BrokenPackageError when a name comes twice.
    """
    folder = files(package)
    if (folder / "queries").is_dir():
        folder /= "queries"
    text = (folder / f"{file}.sql").read_text("utf-8")
    parts = _NAME.split(text)[1:]
    names, statements = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise BrokenPackageError(f"{package}: a name comes twice in {file}.sql: {names}")
    return MappingProxyType({name: body.strip().encode() for name, body in zip(names, statements, strict=True)})
