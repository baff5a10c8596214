"""The difference between a file and a table, and the one transaction that makes it true: rows, history and deed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from process.language import t
from shian.changing import doer
from shian.tables.sheet import Mistake, Row, Sheet
from storage import deeds, four_eyes
from storage.deeds import Actor, Deed
from storage.steps import run

Connection = psycopg.Connection[Any]


@dataclass(slots=True)
class Difference:
    """Difference between the rows of a file and those of the table. `changed`: before and after, by code."""

    added: dict[str, Row] = field(default_factory=dict)
    changed: dict[str, tuple[Row, Row]] = field(default_factory=dict)
    ended: dict[str, tuple[Row, Row]] = field(default_factory=dict)
    same: int = 0

    @property
    def is_none(self) -> bool:
        return not (self.added or self.changed or self.ended)


def rows_of(connection: Connection, sheet: Sheet) -> dict[str, Row]:
    """Return the rows of the table by their key."""
    names = [column.name for column in sheet.columns] + list(sheet.derived)
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(sheet.table), sql.Identifier(sheet.key)
    )
    return {row[names.index(sheet.key)]: dict(zip(names, row, strict=True)) for row in connection.execute(query)}


def compare(
    sheet: Sheet,
    there: Mapping[str, Row],
    file: Mapping[str, tuple[int, Row]],
    *,
    is_all: bool,
    today: date,
    used: frozenset[str] = frozenset(),
) -> tuple[Difference, list[Mistake]]:
    """Compare; return the difference, and what may not be so. `is_all`: rows that the file does not have end today.
    `used`: codes whose `fixed` columns may not change any more."""
    found, mistakes = Difference(), []
    numbers = {key: number for key, (number, _) in file.items()}
    for key, (number, row) in file.items():
        before = there.get(key)
        if before is None:
            found.added[key] = row
            continue
        after = {**before, **row}
        wrong = [name for name in after if after[name] != before[name]]
        if not wrong:
            found.same += 1
            continue
        found.changed[key] = before, after
        if key in used:
            mistakes += [
                Mistake(
                    number, name, t("it has judged results: end it and add another", "已用于判定：请停用并新增一条")
                )
                for name in wrong
                if name in sheet.fixed
            ]
    if is_all:
        for key, before in there.items():
            if key not in file and before[sheet.end] is None:
                found.ended[key] = before, {**before, sheet.end: today}
    merged = dict(there) | {key: {**there.get(key, {}), **row} for key, (_, row) in file.items()}
    for key, name, why in sheet.check(merged):
        if key in numbers:
            mistakes.append(Mistake(numbers[key], name, why))
    return found, mistakes


def second_account(connection: Connection, sheet: Sheet, difference: Difference) -> list[str]:
    """Return the deeds among these changes that need a second account, which no command can be."""
    if sheet.four_eyes is None:
        return []
    added, ended = sheet.four_eyes
    actions = {added} if difference.added else set()
    for before, after in (*difference.changed.values(), *difference.ended.values()):
        names = {name for name in after if after[name] != before[name]}
        actions |= {ended} if sheet.end in names else set()
        actions |= {added} if names - {sheet.end} else set()
    with connection.cursor() as cursor:
        return [action for action in sorted(actions) if run(cursor, four_eyes.needed(action))]


def used_limits(connection: Connection) -> frozenset[str]:
    """Return the codes of limits that have judged results."""
    query = (
        "SELECT code FROM analyte_limit WHERE EXISTS (SELECT FROM result WHERE decided_by = analyte_limit.code LIMIT 1)"
    )
    return frozenset(code for (code,) in connection.execute(query))


def apply(connection: Connection, sheet: Sheet, difference: Difference, *, file: str, content: bytes) -> None:
    """Make what a file says true, with its history and its deed, in the caller's transaction."""
    actor = doer(f"shian {sheet.noun} import")
    facts = {
        "file": file,
        "sha256": hashlib.sha256(content).hexdigest(),
        "added": len(difference.added),
        "changed": len(difference.changed),
        "ended": len(difference.ended),
        "codes": [*difference.added, *difference.changed, *difference.ended][:50],
    }
    make_true(connection, sheet, difference, Deed(Actor.command(actor), "table_imported", sheet.noun, facts=facts))


def make_true(connection: Connection, sheet: Sheet, difference: Difference, deed: Deed) -> None:
    """Make a difference true, with its history and the deed that tells of it, in the caller's transaction."""
    changed = {**difference.changed, **difference.ended}
    actor = deed.actor.name
    _put(connection, sheet, [*difference.added.values(), *(after for _, after in changed.values())])
    history: list[tuple[str, str, str, str | None, str]] = [
        (sheet.noun, key, actor, None, _json(row)) for key, row in difference.added.items()
    ]
    history += [(sheet.noun, key, actor, _json(before), _json(after)) for key, (before, after) in changed.items()]
    with connection.cursor().copy("COPY district_change (noun, code, actor, before, after) FROM STDIN") as copy:
        for line in history:
            copy.write_row(line)
    deeds.write(connection, deed)


def _put(connection: Connection, sheet: Sheet, rows: list[Row]) -> None:
    """Insert or change the rows, by one COPY."""
    names = [column.name for column in sheet.columns] + list(sheet.derived)
    table, key = sql.Identifier(sheet.table), sql.Identifier(sheet.key)
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    is_limits = sheet.table == "analyte_limit"
    connection.execute(sql.SQL("CREATE TEMP TABLE put (LIKE {} INCLUDING DEFAULTS) ON COMMIT DROP").format(table))
    if is_limits:
        connection.execute("ALTER TABLE put ALTER COLUMN version DROP NOT NULL")
    with connection.cursor().copy(sql.SQL("COPY put ({}) FROM STDIN").format(listed)) as copy:
        for row in rows:
            copy.write_row([_stored(sheet, name, row.get(name)) for name in names])
    if is_limits:
        connection.execute("UPDATE put SET version = coalesce((SELECT max(version) FROM analyte_limit), 0) + 1")
    every = sql.SQL(", ").join(map(sql.Identifier, [*names, "version"] if is_limits else names))
    changes = [name for name in ([*names, "version"] if is_limits else names) if name != sheet.key]
    assigned = sql.SQL(", ").join(
        sql.SQL("{} = excluded.{}").format(sql.Identifier(name), sql.Identifier(name)) for name in changes
    )
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM put ON CONFLICT ({}) DO UPDATE SET {}").format(
            table, every, every, key, assigned
        )
    )


def _stored(sheet: Sheet, name: str, value: Any) -> Any:
    """Return the value of a column that the file may not have."""
    if value is not None:
        return value
    for column in sheet.columns:
        if column.name == name and column.default is not None:
            return column.default
    kinds = {column.name: column.sql for column in sheet.columns} | dict(sheet.derived)
    return {"text": "", "bool": False}.get(kinds[name])


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)
