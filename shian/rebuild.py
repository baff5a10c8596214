"""`shian rebuild` and `shian retire`: typed rows made again from the ledger, and taken away by age."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import psycopg
import typer

from ingest.rebuild import BusyError, Progress, mark_of, zone_of
from ingest.rebuild import rebuild as run_rebuild
from process.console import Console
from process.language import t
from process.terminal import say
from shian.changing import doer
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from storage import deeds
from storage.deeds import Actor, Deed
from storage.errors import StorageError
from storage.exchange import connect_patiently
from storage.kinds import WITH_ROWS
from storage.migrate import check, shipped, version
from storage.retired import retire as run_retire
from wire.kinds import BY_NAME
from wire.kinds.kind import Kind

_SAY_EVERY = 50_000
_NAMES = ", ".join(kind.name for kind in WITH_ROWS)


def rebuild(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option(help=t(f"this one only ({_NAMES}); may be repeated", f"仅此类（{_NAMES}），可多次给出")),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            help=t("from this day on, also what was retired", "自该日起，包括已按期清理的明细"),
        ),
    ] = None,
) -> None:
    """Make typed rows and counts again from the ledger, beside running ingest."""
    kinds = [_kind(name) for name in kind or ()] or list(WITH_ROWS)
    with _owner(chosen_dsn(dsn, dsn_file, config, data), "rebuild") as (connection, zone):
        progress: Progress | None = None
        try:
            with _showing() as show:
                for progress in run_rebuild(connection, zone, kinds=kinds, since=since.date() if since else None):
                    show(progress)
        except BusyError as exc:
            raise CannotError(t("another rebuild is at work", "另一个重建正在进行")) from exc
        if progress is not None:
            _record(connection, kinds, since, progress)
    if progress is not None:
        _sum_up(progress)


def retire(
    *,
    before: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help=t("the first day that is kept", "保留的第一天")),
    ],
    kind: Annotated[list[str], typer.Option(help=t(f"{_NAMES}; may be repeated", f"{_NAMES}，可多次给出"))],
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take typed rows away by age, and keep a note of it. Their events stay in the ledger."""
    kinds = [_kind(name) for name in kind]
    day = before.date()
    with _owner(chosen_dsn(dsn, dsn_file, config, data), "retire") as (connection, zone):
        for each in kinds:
            with connection.transaction():
                rows = run_retire(connection, each, mark_of(connection, zone, day))
                facts = {"before": day, "rows": rows}
                deeds.write(
                    connection, Deed(Actor.command(doer("shian retire")), "rows_retired", each.name, facts=facts)
                )
            say(
                t(
                    f"retired before {day}: {rows} rows of {each.name}",
                    f"已清理 {day} 之前的明细：{each.name} {rows} 行",
                )
            )


def _record(connection: psycopg.Connection[Any], kinds: list[Kind], since: datetime | None, done: Progress) -> None:
    """Record that rows were made again."""
    facts = {"from": since.date() if since else None, "tables": list(done.tables), "events": done.events}
    facts |= {"rows": done.rows, "understood": done.understood, "days": done.days}
    names = " ".join(kind.name for kind in kinds)
    with connection.transaction():
        deeds.write(connection, Deed(Actor.command(doer("shian rebuild")), "rows_rebuilt", names, facts=facts))


def _kind(name: str) -> Kind:
    kind = BY_NAME.get(name)
    if kind is None or kind not in WITH_ROWS:
        raise CannotError(t(f"no kind {name!r}: {_NAMES}", f"没有类别 {name!r}：{_NAMES}"))
    return kind


@contextmanager
def _owner(dsn: str, name: str) -> Iterator[tuple[psycopg.Connection[Any], ZoneInfo]]:
    """Connect as the owner of a database that is of this version. Raises CannotError."""
    try:
        with connect_patiently(dsn, name, autocommit=True) as connection:
            check(connection)
            if version(connection) != len(shipped()):
                raise CannotError(t("run `shian migrate` first", "请先运行 shian migrate"))
            yield connection, zone_of(connection)
    except (psycopg.Error, StorageError) as exc:
        raise CannotError(t(f"the database said: {exc}", f"数据库返回：{exc}")) from exc


class _Show:
    """Progress on stderr: one line that changes in a terminal, now and then a line elsewhere."""

    def __init__(self, console: Console, status: Any) -> None:
        self._console = console
        self._status = status
        self._said = 0

    def __call__(self, progress: Progress) -> None:
        text = t(
            f"{progress.done} of {progress.streams} streams, {progress.events} events, {progress.rows} rows,"
            f" {progress.days} days",
            f"已处理 {progress.done}/{progress.streams} 条流，{progress.events} 个事件，{progress.rows} 行，"
            f"{progress.days} 天",
        )
        if self._status:
            self._status.update(text)
        elif progress.events >= self._said + _SAY_EVERY:
            self._said = progress.events
            self._console.print(text)


@contextmanager
def _showing() -> Iterator[_Show]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Show(console, None)
        return
    with console.status(t("reading the ledger", "正在读取事件账")) as status:
        yield _Show(console, status)


def _sum_up(progress: Progress) -> None:
    for table in progress.tables:
        say(t(f"the table {table} was gone and is there again", f"表 {table} 已丢失，现已重建"))
    if progress.understood:
        say(
            t(
                f"{progress.understood} events are understood that were not when they came",
                f"{progress.understood} 个此前未能解读的事件已解读",
            )
        )
    say(
        t(
            f"{progress.rows} rows made from {progress.events} events; {progress.days} days counted",
            f"由 {progress.events} 个事件重建 {progress.rows} 行，重新统计 {progress.days} 天",
        )
    )
