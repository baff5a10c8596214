"""The commands of `shian thresholds`: those of the system's rules, read, tried on the past, changed, set back."""

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import psycopg
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
from storage.rules import past, system
from storage.rules.dry_run import Period
from storage.rules.past import TriedThresholds
from storage.rules.system import BadThresholdError, Held
from storage.steps import run
from storage.thresholds import Watched
from wire.words import RULES, UNITS, word

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help=t("Thresholds of the system's rules", "系统规则的阈值"),
)
_ACTOR = Actor.command("shian thresholds")
RuleArgument = Annotated[str, typer.Argument(help=t("a rule of the system", "系统规则"))]
ValuesArgument = Annotated[
    list[str], typer.Argument(help=t("key=value; all others are the default", "键=值，其余恢复默认"))
]
WhyOption = Annotated[str, typer.Option(help=t("reason, for the audit", "原因，记入审计"))]
AsJson = Annotated[bool, typer.Option("--json", help=t("for programs", "供程序使用"))]


@app.command(name="list", help=t("List the rules and what holds for each", "列出各规则及其阈值"))
def list_all(
    *,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        held = run(cursor, system.read())
    if as_json:
        write_json([_document(held[rule]) for rule in sorted(held)], indent=2)
        return
    shown = Table(
        t("rule", "规则"), t("threshold", "阈值"), t("now", "现值"), t("default", "默认"), t("meaning", "含义")
    )
    for rule in sorted(held):
        default = held[rule].default.model_dump(mode="json")
        for key, value in _values(held[rule].now).items():
            changed = str(default[key]) if key in held[rule].changed else ""
            shown.add_row(rule, key, str(value), changed, _meaning(rule, key))
    Console().print(shown)


@app.command(name="set", help=t("Change thresholds of a rule; a deed has the reason", "修改规则阈值，原因记入审计"))
def set_values(
    rule: RuleArgument,
    values: ValuesArgument,
    *,
    why: WhyOption,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection:
        held = _put(connection, rule, _read(values), why)
    changed = ", ".join(f"{key}={value}" for key, value in sorted(held.changed.items()))
    said = changed or t("as by default", "均为默认值")
    say(t(f"{rule}: {said}", f"{rule}：{said}"))


@app.command(help=t("Set the thresholds of a rule back to the default", "恢复规则的默认阈值"))
def reset(
    rule: RuleArgument,
    *,
    why: WhyOption,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection:
        _put(connection, rule, {}, why)
    say(t(f"{rule}: as by default", f"{rule}：已恢复默认"))


@app.command(
    help=t("Say which alerts thresholds would have raised; nothing is written", "用历史情况试算，不写入任何内容")
)
def dry_run(
    rule: RuleArgument,
    values: ValuesArgument,
    *,
    days: Annotated[float, typer.Option(min=0.01, max=400, help=t("back from now", "从现在往前的天数"))] = 30,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    with connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        zone = zone_of(connection)
        held = _held(cursor, rule)
        tried = _check(held, _read(values))
        (until,) = cursor.execute("SELECT now()").fetchone() or (datetime.now(UTC),)
        period = Period(until - timedelta(days=days), until, zone, None, lambda: False)
        done = run(cursor, past.try_thresholds(held, tried, period))
    if as_json:
        items = [one._asdict() for one in done.listed]
        document = {"alerts": done.alerts, "alerts_now": done.alerts_now, "unsure": done.unsure}
        write_json({"rule": rule, **document, "whole_from": done.whole_from, "items": items}, default=str)
    else:
        _tell(rule, done, period)


def _tell(rule: str, done: TriedThresholds, period: Period) -> None:
    since, until, whole = (
        f"{at.astimezone(period.zone):%Y-%m-%d %H:%M}" for at in (period.since, period.until, done.whole_from)
    )
    say(
        t(
            f"{rule}: {since} to {until}: {done.alerts} alerts; {done.alerts_now} with what holds today",
            f"{rule}：{since} 至 {until}，将产生 {done.alerts} 条预警；按现行阈值为 {done.alerts_now} 条",
        )
    )
    if done.whole_from > period.since:
        say(t(f"  before {whole} only what raised an alert is known", f"  {whole} 之前仅知道已产生预警的情况"))
    for key in done.unsure:
        said = _meaning(rule, key)
        say(t(f"  cannot be told for {key} ({said})", f"  无法试算 {key}（{said}）"))
    would.tell(done.listed, period.zone)


def _put(connection: psycopg.Connection[Any], rule: str, values: dict[str, Any], why: str) -> Held:
    if not why.strip():
        raise CannotError(t("a reason is needed: --why", "请用 --why 说明原因"))
    with connection.transaction(), connection.cursor() as cursor:
        _check(_held(cursor, rule), values)
        return run(cursor, system.put(rule, values, actor=_ACTOR, why=why))


def _held(cursor: psycopg.Cursor[Any], rule: str) -> Held:
    held = run(cursor, system.read())
    if rule not in held:
        names = ", ".join(sorted(held))
        raise CannotError(t(f"{rule} has no thresholds; these have: {names}", f"{rule} 没有阈值，可用：{names}"))
    return held[rule]


def _check(held: Held, values: dict[str, Any]) -> Watched:
    """Return the thresholds. Every mistake is a line of stderr; exit code 1."""
    try:
        return system.check(held, values)
    except BadThresholdError as exc:
        complain("\n".join(mistake.text(chinese=IS_CHINESE) for mistake in exc.mistakes))
        raise typer.Exit(1) from exc


def _read(given: list[str]) -> dict[str, Any]:
    """Read `key=value`: numbers, true and false as TOML has them, anything else as text. Raises CannotError."""
    found: dict[str, Any] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            raise CannotError(t(f"{one}: write key=value", f"{one}：请写作 键=值"))
        try:
            found[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            found[key] = value
    return found


def _values(now: Watched) -> dict[str, Any]:
    return {key: value for key, value in now.model_dump(mode="json").items() if key in system.keys_of(type(now))}


def _document(held: Held) -> dict[str, Any]:
    return {
        "rule": held.rule,
        "title": RULES[held.rule].text(chinese=IS_CHINESE),
        "part": held.part,
        "now": _values(held.now),
        "default": _values(held.default),
        "changed": dict(held.changed),
    }


def _meaning(rule: str, key: str) -> str:
    words, unit = system.meaning(rule, key)
    said = words.text(chinese=IS_CHINESE)
    return f"{said} ({word(UNITS, unit, chinese=IS_CHINESE)})" if unit else said
