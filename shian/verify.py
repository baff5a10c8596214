"""`shian verify`: walks every chain in the database and names each gap, change, reorder and replay; derives verdicts,
alerts and counts again from the events, and names those that do not follow.

Exit code 0: every chain holds. 1: something was found. 2: it could not be checked."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, assert_never

import psycopg
import typer

from process.console import Console
from process.language import t
from process.terminal import say, write_json
from shian.attachments import Looked, archive_for, look
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from shian.proof.checking import Keys, NoExportError, check
from storage import anchor_files
from storage.anchor_files import Unreadable
from storage.anchored import Held, hold
from storage.errors import StorageError
from storage.exchange import connect_patiently
from storage.findings import Finding, Kind, Retired, Walked
from storage.migrate import check as check_version
from storage.migrate import version
from storage.walk import walk
from wire.topics import CENTRE

_SAY_EVERY = 100
_KEY = re.compile("[0-9a-f]{64}")
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
    Kind.LINK: ("sample of a result differs", "结果所关联的样品与明细不符"),
    Kind.VOID: ("void mark and deeds differ", "作废标记与操作记录不符"),
    Kind.ATTACHMENT: ("attachment missing, changed or without a deed", "附件缺失、被改动或无操作记录"),
    Kind.COUNT: ("daily count differs", "日统计与明细不符"),
    Kind.CUT: ("its end was cut off", "末尾被截断"),
    Kind.DELETED: ("stream deleted", "整条记录被删除"),
    Kind.REWRITTEN: ("written anew", "被改写"),
    Kind.SLIPPED: ("key slipped in or taken away", "密钥被私自加入或移除"),
    Kind.RESTORED: ("older state of the database", "数据库为旧状态"),
    Kind.ANCHOR: ("anchor proves nothing", "锚点无效"),
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
    looked: Looked = field(default_factory=Looked)

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
    anchor: Annotated[
        Path | None,
        typer.Option(
            help=t(
                "hold it against the anchors of a file or folder, as a place or a station kept them",
                "与外部或检测点留存的锚点文件（或目录）核对",
            )
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            help=t(
                "check this export instead of a database (shian proof export)",
                "核对导出文件而非数据库（shian proof export）",
            )
        ),
    ] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[STATION=]HEX",
            help=t(
                "of the centre, or of a station, as you know it from elsewhere; may be repeated",
                "中心（或检测点）公钥，应从其他途径获知，可多次给出",
            ),
        ),
    ] = None,
    media: Annotated[
        Path | None,
        typer.Option(
            help=t(
                "where the attachments of alerts lie ([media] folder), if neither --config nor --data says so",
                "预警附件所在目录（server.toml 的 [media] folder），--config、--data 均未指明时使用",
            )
        ),
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
    keys = _keys(public_key or ())
    if export is not None:
        _check_export(export, anchor, keys, totals, as_json=as_json)
        _sum_up(totals, as_json=as_json)
        if totals.findings:
            raise typer.Exit(1)
        return
    try:
        choice = chosen(dsn, dsn_file, config, data)
        archive = archive_for(media, config, choice.folder)
        with connect_patiently(choice.dsn, "verify") as connection:
            streams = _expected(connection, wanted)
            if anchor is not None:
                totals.findings += _hold(connection, anchor, keys.centre, as_json=as_json)
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
            for finding in look(connection, archive, wanted, totals.looked):
                totals.findings += 1
                _tell(finding, as_json=as_json)
    except (psycopg.Error, StorageError) as exc:
        raise CannotError(t(f"the chains could not be checked: {exc}", f"无法核对：{exc}")) from exc
    _sum_up(totals, as_json=as_json)
    if totals.findings:
        raise typer.Exit(1)


def _keys(given: Iterable[str]) -> Keys:
    """Return the public keys that were given. Raises CannotError."""
    centre: set[str] = set()
    stations: dict[str, set[str]] = defaultdict(set)
    for text in given:
        station, _, key = text.rpartition("=")
        if not _KEY.fullmatch(key):
            raise CannotError(t(f"{text}: a key has 64 hex digits", f"{text}：公钥应为 64 位十六进制"))
        (stations[station] if station and station != CENTRE else centre).add(key)
    return Keys(frozenset(centre), {station: frozenset(keys) for station, keys in stations.items()})


def _check_export(path: Path, anchor: Path | None, keys: Keys, totals: Totals, *, as_json: bool) -> None:
    """Check an export. Raises CannotError for a file that is none."""
    unreadable, held = Unreadable(), Held()
    more = anchor_files.read(anchor, unreadable) if anchor else ()
    try:
        for found in check(path, more, keys, held):
            if isinstance(found, Walked):
                totals.add(found)
            else:
                totals.findings += 1
                _tell(found, as_json=as_json)
    except (NoExportError, OSError) as exc:
        raise CannotError(str(exc)) from exc
    tell_held(held, unreadable, is_trusted=keys.are_given, as_json=as_json)


def _hold(connection: psycopg.Connection[Any], path: Path, trusted: Collection[str], *, as_json: bool) -> int:
    """Hold the ledger against anchors; return the number of findings. Raises CannotError for what cannot be read."""
    unreadable, held, findings = Unreadable(), Held(), 0
    try:
        for finding in hold(connection, anchor_files.read(path, unreadable), trusted, held):
            findings += 1
            _tell(finding, as_json=as_json)
    except OSError as exc:
        raise CannotError(f"{path}: {exc.strerror}") from exc
    if not held.anchors:
        raise CannotError(t(f"{path}: no anchors", f"{path}：没有锚点"))
    tell_held(held, unreadable, is_trusted=bool(trusted), as_json=as_json)
    return findings


def tell_held(held: Held, unreadable: Unreadable, *, is_trusted: bool, as_json: bool) -> None:
    """Say what it was held against."""
    newest = held.newest
    if as_json:
        document: dict[str, Any] = {"anchors": held.anchors, "with_lists": held.lists}
        document |= {"unreadable_lines": unreadable.lines, "newest": newest.number if newest else None}
        write_json(document | {"is_key_given": is_trusted, "stations_only": sorted(held.scope)})
        return
    if held.scope:  # whoever gives an export away can leave out the others, and nothing in it would say so
        names = ", ".join(sorted(held.scope))
        say(t(f"an export of these stations only: {names}", f"该导出仅含以下检测点：{names}"))
    last = (
        t(f"the newest is {newest.number} of {newest.at}", f"最新为 {newest.number}（{newest.at}）") if newest else ""
    )
    say(
        t(
            f"held against {held.anchors} anchors, {held.lists} of them with their lists; {last}",
            f"已与 {held.anchors} 个锚点核对，其中 {held.lists} 个附有清单；{last}",
        )
    )
    if unreadable.lines:
        say(
            t(
                f"{unreadable.lines} lines are no anchors: {unreadable.first}",
                f"有 {unreadable.lines} 行不是锚点：{unreadable.first}",
            )
        )
    if not is_trusted:
        say(
            t(
                "no key was given: the keys are those that the data itself names. Give --public-key to prove more",
                "未给出公钥：所用密钥取自数据本身。给出 --public-key 方可进一步证明",
            )
        )


def _expected(connection: psycopg.Connection[Any], stations: tuple[str, ...]) -> int:
    """Return the number of streams to walk. Raises CannotError for a database or a station that is none of ours."""
    check_version(connection)
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
                "attachments": totals.looked.named,
                "attachments_read": totals.looked.read,
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
    if looked := totals.looked.read:
        counts += t(f", {looked} attachments of alerts read", f"，已读取 {looked} 个预警附件")
    if unread := totals.looked.named - totals.looked.read:
        say(
            t(
                f"{unread} attachments of alerts were not read: name their place by --media, or --config server.toml",
                f"有 {unread} 个预警附件未读取：请用 --media 或 --config server.toml 指明其位置",
            )
        )
    verdict = (
        t(f"{totals.findings} findings", f"发现 {totals.findings} 处问题")
        if totals.findings
        else t("every chain holds", "所有链完整")
    )
    say(f"{verdict}: {counts}")


def _write(document: dict[str, Any]) -> None:
    write_json(document)
