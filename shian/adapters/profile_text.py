"""A profile as TOML. Only what profiles hold: tables of scalars, arrays, and arrays of tables."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def as_toml(document: Mapping[str, Any]) -> str:
    """Write a document as TOML: scalars first, then the tables; a list of tables is `[[name.key]]`, at any depth."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in document.items() if not isinstance(value, Mapping)]
    for name, table in document.items():
        if isinstance(table, Mapping):
            lines += ["", *_table(name, table)]
    return "\n".join(lines) + "\n"


def _table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{_key(name)}]"
    yield from _contents(_key(name), table)


def _contents(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    tables = {key: value for key, value in table.items() if _is_tables(value)}
    yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items() if key not in tables)
    for key, rows in tables.items():
        for row in rows:
            inner = f"{path}.{_key(key)}"
            yield from ("", f"[[{inner}]]")
            yield from _contents(inner, row)


def _is_tables(value: Any) -> bool:
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(part, Mapping) for part in value)
    )


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str() if "\\" in value and "'" not in value and value.isprintable():
            return f"'{value}'"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
        case _:
            return "[" + ", ".join(_value(inner) for inner in value) + "]"


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if is_bare else json.dumps(key, ensure_ascii=False)
