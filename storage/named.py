"""Named queries: SQL lives in {package}/queries/*.sql, one statement under each `-- name: ...` line."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from storage.errors import BrokenPackageError

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)\n", re.MULTILINE)


@cache
def queries(file: str, package: str = "storage") -> Mapping[str, bytes]:
    """The statements of {package}/queries/{file}.sql by name, as the bytes that psycopg takes for a query.

    Raises BrokenPackageError when a name comes twice.
    """
    text = (files(package) / "queries" / f"{file}.sql").read_text("utf-8")
    parts = _NAME.split(text)[1:]
    names, statements = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise BrokenPackageError(f"{package}/queries/{file}.sql: a name comes twice in {names}")
    return MappingProxyType({name: body.strip().encode() for name, body in zip(names, statements, strict=True)})
