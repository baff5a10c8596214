"""`shian verify`: walks every chain in the database and names each gap, change, reorder and replay; derives verdicts,
alerts and counts again from the events, and names those that do not follow.

Exit code 0: every chain holds. 1: something was found. 2: it could not be checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, assert_never

import psycopg
import typer

from process.console import Console
from process.language import t
from process.terminal import say, write_json
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from storage.errors import StorageError
from storage.exchange import connect_patiently
from storage.findings import Finding, Kind, Retired, Walked
from storage.migrate import check, version
from storage.walk import walk
from wire.topics import CENTRE

_SAY_EVERY = 100
_WORDS: dict[Kind, tuple[str, str]] = {
    Kind.GAP: ("missing", "缺失"),
    Kind.DAMAGED: ("damaged at the station", "检测点存储损坏"),
    Kind.REMOVED: ("removed", "被删除"),
    Kind.CHANGED: ("changed", "被改动"),
    Kind.REORDERED: ("reordered", "被调换顺序"),
    Kind.REPLAYED: ("replayed", "被重放"),
    Kind.FORKED: ("sent in two versions", "同一编号有两个版本"),
    Kind.SIGNATURE: ("signature does not hold", "签名无效"),
    Kind.ADDED: ("added without an event", "无事件依据的添加"),
    Kind.VERDICT: ("verdict not by the limits of its time", "判定与当时限量不符"),
    Kind.LIMIT: ("limit table changed", "限量表被改动"),
    Kind.ALERT: ("alert missing or not as its steps say", "预警缺失或与其处理记录不符"),
    Kind.COUNT: ("daily count differs", "日统计与明细不符"),
}


@dataclass(slots=True)
class Totals:
    streams: int = 0
    events: int = 0
    signed: int = 0
    folded: int = 0
    waiting: int = 0
    findings: int = 0
    stations: set[str] = field(default_factory=set)

    def add(self, walked: Walked) -> None:
        self.streams += 1
        self.events += walked.events
        self.signed += walked.signed_through
        self.folded += walked.folded
        self.waiting += walked.waiting
        if walked.station != CENTRE:
            self.stations.add(walked.station)


def verify(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    *,
    station: Annotated[
        list[str] | None, typer.Option(help=t("this one only; may be repeated", "仅核对该站，可多次给出"))
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help=t("one JSON line a finding, and one with the counts", "每个发现一行 JSON，最后一行为合计")
        ),
    ] = False,
) -> None:
    wanted = tuple(station or ())
    totals = Totals()
    try:
        with connect_patiently(chosen_dsn(dsn, dsn_file, config, data), "verify") as connection:
            streams = _expected(connection, wanted)
            with _progress(streams) as say:
                for found in walk(connection, wanted):
                    match found:
                        case Walked():
                            totals.add(found)
                            say(totals)
                        case Finding():
                            totals.findings += 1
                            _tell(found, as_json=as_json)
                        case Retired():
                            _tell_retired(found, as_json=as_json)
                        case _:
                            assert_never(found)
    except (psycopg.Error, StorageError) as exc:
        raise CannotError(t(f"the chains could not be checked: {exc}", f"无法核对：{exc}")) from exc
    _sum_up(totals, as_json=as_json)
    if totals.findings:
        raise typer.Exit(1)


def _expected(connection: psycopg.Connection[Any], stations: tuple[str, ...]) -> int:
    """Return the number of streams to walk. Raises CannotError for a database or a station that is none of ours."""
    check(connection)
    if version(connection) == 0:
        raise CannotError(
            t("this database is not Shian's, or was never migrated", "该数据库不是食安数据库，或从未初始化")
        )
    known = {CENTRE, *(name for (name,) in connection.execute("SELECT name FROM station"))}
    for name in stations:
        if name not in known:
            raise CannotError(t(f"no station {name!r}", f"没有检测点 {name!r}"))
    query = "SELECT count(*) FROM stream WHERE %(all)s OR station = ANY (%(stations)s)"
    row = connection.execute(query, {"all": not stations, "stations": list(stations)}).fetchone()
    connection.rollback()  # the walk opens a transaction of its own
    return int(row[0]) if row else 0


class _Say:
    """Progress on stderr: one line that changes in a terminal, now and then a line elsewhere."""

    def __init__(self, console: Console, status: Any, streams: int) -> None:
        self._console = console
        self._status = status
        self._streams = streams

    def __call__(self, totals: Totals) -> None:
        text = t(
            f"{totals.streams} of {self._streams} streams, {totals.events} events",
            f"已核对 {totals.streams}/{self._streams} 条流，{totals.events} 个事件",
        )
        if self._status:
            self._status.update(text)
        elif totals.streams % _SAY_EVERY == 0:
            self._console.print(text)


@contextmanager
def _progress(streams: int) -> Iterator[_Say]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Say(console, None, streams)
        return
    with console.status(t("walking the chains", "正在核对")) as status:
        yield _Say(console, status, streams)


def _tell(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        _write(
            {
                "finding": finding.kind.value,
                "station": finding.station,
                "stream": str(finding.stream) if finding.stream else None,
                "sequence": finding.sequence,
                "last": finding.last,
                "detail": finding.detail,
            }
        )
        return
    where = [finding.station or t("the district", "全区")]
    if finding.stream:
        where.append(t(f"stream {finding.stream}", f"流 {finding.stream}"))
    if finding.sequence is not None:
        numbers = f"{finding.sequence}" if finding.last is None else f"{finding.sequence}-{finding.last}"
        where.append(t(f"sequence {numbers}", f"序号 {numbers}"))
    say(f"{t(*_WORDS[finding.kind])} ({finding.kind}): {', '.join(where)}: {finding.detail}")


def _tell_retired(retired: Retired, *, as_json: bool) -> None:
    """Say what was taken away by age: no flaw."""
    if as_json:
        _write({"retired": retired.kind, "before": retired.day.isoformat(), "rows": retired.rows})
        return
    say(
        t(
            f"retired before {retired.day}: {retired.rows} rows of {retired.kind}",
            f"{retired.day} 之前的明细已按期清理：{retired.kind} {retired.rows} 行",
        )
    )


def _sum_up(totals: Totals, *, as_json: bool) -> None:
    if as_json:
        _write(
            {
                "stations": len(totals.stations),
                "streams": totals.streams,
                "events": totals.events,
                "signed": totals.signed,
                "folded": totals.folded,
                "not_understood": totals.waiting,
                "findings": totals.findings,
            }
        )
        return
    stations, streams, events, signed = len(totals.stations), totals.streams, totals.events, totals.signed
    counts = t(
        f"{stations} stations, {streams} streams, {events} events, {signed} of them under a signature",
        f"{stations} 个检测点，{streams} 条流，{events} 个事件，其中 {signed} 个已被签名覆盖",
    )
    if totals.folded:
        counts += t(f", {totals.folded} recorded again", f"，{totals.folded} 个为重复记录，已合并")
    if totals.waiting:
        counts += t(f", {totals.waiting} not understood yet", f"，{totals.waiting} 个暂未能解读")
    verdict = (
        t(f"{totals.findings} findings", f"发现 {totals.findings} 处问题")
        if totals.findings
        else t("every chain holds", "所有链完整")
    )
    say(f"{verdict}: {counts}")


def _write(document: dict[str, Any]) -> None:
    write_json(document)
