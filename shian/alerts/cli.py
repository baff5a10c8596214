"""The commands of `shian alerts`: explain one alert; list who was told when."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import typer

from ingest.rebuild import zone_of
from process.language import IS_CHINESE, t
from process.terminal import say, write_json
from server.delivery.channels import channels
from server.delivery.message import AlertFacts
from server.delivery.texts.preview import previews
from server.delivery.texts.templates import read as read_templates
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from storage import explain as explaining
from storage.errors import StorageError
from storage.exchange import connect_patiently
from storage.explain import Explained
from storage.named import queries
from storage.steps import run
from wire.words import LEFT_OUT, NOT_SENT, SEVERITIES, STATES, Term, word

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=t("Alerts explained, and who was told when", "预警说明与通知记录")
)
_SQL = queries("explain")
AsJson = Annotated[bool, typer.Option("--json", help=t("for programs", "供程序使用"))]


@app.command(
    help=t("Explain an alert: rule, event, values, who was told or not", "说明预警：规则、数据、通知对象及原因")
)
def explain(
    alert: Annotated[UUID, typer.Argument(help=t("id of the alert", "预警编号"))],
    *,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    with _connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        found = run(cursor, explaining.explain(alert))
        zone = zone_of(connection)
    if found is None:
        raise CannotError(t(f"there is no alert {alert}", f"没有预警 {alert}"))
    if as_json:
        write_json(_document(found), indent=2, default=str)
        return
    say(*_lines(found, zone))


@app.command(help=t("Show the message about an alert; nothing is sent", "预览预警消息，不发送"))
def preview(
    alert: Annotated[UUID, typer.Argument(help=t("id of the alert", "预警编号"))],
    *,
    channel: Annotated[
        str, typer.Option(help=t("webhook, email, wecom ...", "渠道：webhook、email、wecom 等"))
    ] = "webhook",
    texts: Annotated[Path | None, typer.Option(help=t("file of texts of one's own", "本区文本文件"))] = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    kind = channels().get(channel)
    if kind is None:
        raise CannotError(t(f"channels are {', '.join(channels())}", f"可用渠道：{'、'.join(channels())}"))
    templates = read_templates(texts)
    with _connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        row = cursor.execute(_SQL["facts"], {"id": alert}).fetchone()
    if row is None:
        raise CannotError(t(f"there is no alert {alert}", f"没有预警 {alert}"))
    for one in previews(AlertFacts.model_validate(row[0]), kind, templates):
        say(f"--- {one.text.language}, {one.size} / {one.most} B", *one.plain.split("\n"))


@app.command(help=t("List who was told of which alert when", "列出何时通知了何人"))
def told(
    *,
    days: Annotated[float, typer.Option(min=0.01, max=3660, help=t("back from now", "从现在往前的天数"))] = 7,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    since = datetime.now(UTC) - timedelta(days)
    with _connected(chosen_dsn(dsn, dsn_file, config, data)) as connection, connection.cursor() as cursor:
        zone = zone_of(connection)
        for row in cursor.execute(_SQL["told"], {"since": since}):
            at, name, channel, outcome, rule, station, alert, attempt, remote_id, code = row
            if as_json:
                names = ("at", "name", "channel", "outcome", "rule", "station", "alert", "attempt", "remote_id", "code")
                write_json(dict(zip(names, row, strict=True)), default=str)
            else:
                receipt = " ".join(filter(None, (outcome, code, remote_id)))
                say(f"{_clock(at, zone)}  {name} ({channel})  {receipt}  {rule} {station} {alert} #{attempt}")


def _lines(found: Explained, zone: ZoneInfo) -> Iterator[str]:
    rule = found.rule
    severity = word(SEVERITIES, found.severity, chinese=IS_CHINESE)
    state = word(STATES, found.state, chinese=IS_CHINESE)
    place = " ".join(filter(None, (found.station, found.device)))
    yield f"{rule.title.text(chinese=IS_CHINESE)} [{severity}, {state}] {place} {_clock(found.opened_at, zone)}"
    yield t(f"rule: {rule.name} ({rule.source}", f"规则：{rule.name}（{rule.source}") + (
        t(f", version {rule.version})", f"，版本 {rule.version}）") if rule.version else t(")", "）")
    )
    for name, value in (rule.written or {}).items():
        if name in {"when", "check", "areas", "stations", "quiet"}:
            yield f"  {name} = {value}"
    yield t(f"said: {found.said}", f"记录：{found.said}")
    yield t("the rule saw:", "规则所见：")
    yield from (f"  {name} = {value}" for name, value in found.seen.items())
    if found.event:
        event = found.event
        yield t(
            f"event: {event.id} ({event.type}), recorded {_clock(event.recorded_at, zone)}, "
            f"received {_clock(event.received_at, zone)}, stream {event.stream} number {event.sequence}",
            f"事件：{event.id}（{event.type}），记录于 {_clock(event.recorded_at, zone)}，"
            f"接收于 {_clock(event.received_at, zone)}，流 {event.stream} 序号 {event.sequence}",
        )
    if found.quiet_until:
        yield t(f"quiet hours until {found.quiet_until}", f"静默时段至 {found.quiet_until}")
    yield t(f"chosen: {len(found.chosen)}", f"通知对象：{len(found.chosen)}")
    for chosen in found.chosen:
        passed = ", ".join(chosen.passed) or t("wants all", "接收全部")
        yield f"  {chosen.name} ({chosen.channel}, {chosen.occasion}): {chosen.state}; {passed}"
        for decided in chosen.decisions:
            why = NOT_SENT.get(decided.reason, Term(decided.reason, decided.reason)).text(chinese=IS_CHINESE)
            yield f"    {_clock(decided.at, zone)} {why}"
        yield from (f"    {_attempt(attempt)}" for attempt in chosen.attempts)
    yield t(f"not chosen: {len(found.not_chosen)}", f"未通知：{len(found.not_chosen)}")
    for left in found.not_chosen:
        why = ", ".join(LEFT_OUT.get(name, Term(name, name)).text(chinese=IS_CHINESE) for name in left.filters)
        yield f"  {left.name} ({left.channel}): {why}"


def _attempt(attempt: Mapping[str, Any]) -> str:
    known = (attempt["outcome"], attempt["status"], attempt["code"], attempt["remote_id"], attempt["detail"])
    return f"#{attempt['attempt']} {attempt['at']} " + " ".join(str(part) for part in known if part)


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _document(found: Explained) -> dict[str, Any]:
    document = found._asdict()
    document["rule"] = {**found.rule._asdict(), "title": found.rule.title._asdict()}
    document["event"] = found.event._asdict() if found.event else None
    document["chosen"] = [chosen._asdict() for chosen in found.chosen]
    document["not_chosen"] = [left._asdict() for left in found.not_chosen]
    return document


@contextmanager
def _connected(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with connect_patiently(dsn, "alerts") as connection:
            yield connection
    except (StorageError, psycopg.Error) as exc:
        raise CannotError(t(f"the database said: {exc}", f"数据库返回：{exc}")) from exc
