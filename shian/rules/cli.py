"""The commands of `shian rules`: check a file, try it on the past, keep it; list what holds."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ingest.rebuild import zone_of
from process.console import Console
from process.language import IS_CHINESE, t
from process.terminal import complain, say, write_json
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from shian.rules import would
from shian.rules.connection import connected
from storage.deeds import Actor
from storage.rules import table, trial
from storage.rules.dry_run import Period, Tried
from storage.rules.engine import Named
from storage.rules.file import AnyRule, read_file
from storage.steps import run
from wire.terms import Rule
from wire.words import RULES

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=t("Rules of alerts, in files and in the district", "预警规则")
)
_ACTOR = Actor.command("shian rules")
FileArgument = Annotated[Path, typer.Argument(help=t("TOML with tables [rule.NAME]", "含 [rule.名称] 的 TOML 文件"))]
AsJson = Annotated[bool, typer.Option("--json", help=t("for programs", "供程序使用"))]


@app.command(help=t("Check a file; every mistake with line and column", "检查规则文件，逐条指出错误位置"))
def check(file: FileArgument) -> None:
    rules = _read(file)
    say(t(f"{file}: {len(rules)} rules, all well", f"{file}：{len(rules)} 条规则，均无误"))


@app.command(help=t("Say which alerts a file would have raised; nothing is written", "用历史数据试算，不写入任何内容"))
def dry_run(
    file: FileArgument,
    *,
    rule: Annotated[list[str] | None, typer.Option(help=t("this one only; repeatable", "仅此规则，可重复"))] = None,
    days: Annotated[float, typer.Option(min=0.01, max=400, help=t("back from now", "从现在往前的天数"))] = 30,
    within: Annotated[float, typer.Option(min=0.1, help=t("seconds for each rule", "每条规则最多用时（秒）"))] = 60,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    rules = _read(file)
    wanted = rule or list(rules)
    if missing := sorted(set(wanted) - set(rules)):
        raise CannotError(t(f"no rule {missing[0]} in {file}", f"{file} 中没有规则 {missing[0]}"))
    until = datetime.now(UTC)
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection:
        zone = zone_of(connection)
        for name in wanted:
            over_at = time.monotonic() + within
            period = Period(until - timedelta(days), until, zone, None, lambda end=over_at: time.monotonic() > end)  # type: ignore[misc]
            with connection.transaction(), connection.cursor() as cursor:
                tried = run(cursor, trial.try_rule(Named(name, rules[name]), period))
            if as_json:
                write_json(_document(name, tried), default=str)
            else:
                _tell(name, rules[name], tried, period)


@app.command(name="apply", help=t("Keep the rules of a file; others stay as they are", "保存文件中的规则，其余不变"))
def apply_file(
    file: FileArgument,
    *,
    why: Annotated[str, typer.Option(help=t("reason, for the audit", "原因，记入审计"))] = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    rules = _read(file)
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        unknown = run(cursor, table.unknown(list(rules.values())))
        if unknown:
            names = ", ".join(unknown[:10])
            raise CannotError(t(f"there is no such station or area: {names}", f"没有这样的检测点或区域：{names}"))
        (now,) = cursor.execute("SELECT now()").fetchone() or (datetime.now(UTC),)
        before = {named.name: named.version for named in run(cursor, table.read()).named}
        changed = [
            name
            for name, rule in rules.items()
            if run(cursor, table.put(name, rule, actor=_ACTOR, why=why, now=now)) != before.get(name, 0)
        ]
    say(t(f"{len(changed)} rules changed, {len(rules)} hold", f"修改 {len(changed)} 条，共 {len(rules)} 条生效"))


@app.command(help=t("Remove a rule of the district's own", "删除本区自定义的规则"))
def remove(
    name: Annotated[str, typer.Argument(help=t("its name", "规则名称"))],
    *,
    why: Annotated[str, typer.Option(help=t("reason, for the audit", "原因，记入审计"))] = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        (now,) = cursor.execute("SELECT now()").fetchone() or (datetime.now(UTC),)
        if not run(cursor, table.remove(name, actor=_ACTOR, why=why, now=now)):
            raise CannotError(t(f"there is no rule {name} of the district's own", f"本区没有自定义规则 {name}"))
    say(t(f"removed {name}", f"已删除 {name}"))


@app.command(name="list", help=t("List all rules, those of the system too", "列出全部规则，含系统内置"))
def list_rules(
    *,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        rules, faults = run(cursor, table.read()), run(cursor, table.faults())
    rows = [(rule.value, "system", "", "", RULES[rule].text(chinese=IS_CHINESE), "") for rule in Rule]
    for named in rules.named:
        fault = faults.get(named.name)
        state = "failed" if named.name in rules.off else "on" if named.rule.is_on else "off"
        title = named.rule.title.zh if IS_CHINESE else named.rule.title.en
        source = "own" if named.version else "shipped"
        rows.append((named.name, source, state, named.rule.severity.value, title, fault.error if fault else ""))
    rows += [(name, "own", "broken", "", "", found[0].text(chinese=IS_CHINESE)) for name, found in rules.broken]
    rows.sort()
    names = ("name", "source", "state", "severity", "title", "error")
    if as_json:
        write_json([dict(zip(names, row, strict=True)) for row in rows], indent=2)
        return
    heads = (t("name", "名称"), t("source", "来源"), t("state", "状态"), t("severity", "级别"), t("title", "标题"))
    shown = Table(*heads, t("error", "错误"))
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)


def _read(file: Path) -> dict[str, AnyRule]:
    """Read a file. Every mistake is a line of stderr; exit code 1. Raises CannotError for one that cannot be read."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CannotError(f"{file}: {exc}") from exc
    read = read_file(text, str(file))
    if read.mistakes:
        complain("\n".join(mistake.text(chinese=IS_CHINESE) for mistake in read.mistakes))
        raise typer.Exit(1)
    return dict(read.rules)


def _tell(name: str, rule: AnyRule, tried: Tried, period: Period) -> None:
    title = rule.title.zh if IS_CHINESE else rule.title.en
    since, until = (f"{at.astimezone(period.zone):%Y-%m-%d %H:%M}" for at in (tried.looked_from, period.until))
    say(
        t(
            f"{name} ({title}): {since} to {until}, {tried.events} events: {tried.alerts} alerts",
            f"{name}（{title}）：{since} 至 {until}，{tried.events} 条数据，将产生 {tried.alerts} 条预警",
        )
    )
    if tried.is_cut:
        say(t("  cut: the time was over; older data was not looked at", "  已截断：用时已到，更早的数据未试算"))
    if tried.faults:
        english = f"  could not be judged {tried.faults} times: {tried.last_fault}"
        say(t(english, f"  {tried.faults} 次无法判断：{tried.last_fault}"))
    would.tell(tried.listed, period.zone)
    if tried.alerts > len(tried.listed):
        more = tried.alerts - len(tried.listed)
        say(t(f"  and {more} more", f"  另有 {more} 条"))


def _document(name: str, tried: Tried) -> dict[str, Any]:
    items = [one._asdict() for one in tried.listed]
    return {
        "rule": name,
        "alerts": tried.alerts,
        "events": tried.events,
        "looked_from": tried.looked_from,
        "is_cut": tried.is_cut,
        "faults": tried.faults,
        "items": items,
    }
