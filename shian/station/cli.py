"""The commands of `shian station`. Each names the database that it wrote to, and leaves a row in the audit."""

from typing import Annotated

import typer

from process.language import t
from process.terminal import say, write_json
from shian.changing import Connection, changing, doer
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from shian.station.invitation import tell
from shian.station.listing import list_stations
from storage import enrolment, four_eyes
from storage.enrolment import NewCode, Place, invitation
from storage.stations import Station, enrol

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=t("Enrol, list and change stations", "登记、列出和变更检测点")
)
app.command("list", help=t("List the stations", "列出检测点"))(list_stations)

Name = Annotated[str, typer.Argument(help=t("a-z, 0-9 and '-'", "仅限 a-z、0-9 和 '-'"))]
Why = Annotated[str, typer.Option("--why", help=t("reason, for the audit", "原因，记入审计"))]
EmergencyOption = Annotated[
    bool,
    typer.Option(
        "--emergency",
        help=t("now, though this deed needs a second account; needs --why", "紧急：不经复核立即执行，须写明 --why"),
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=t("for programs", "供程序使用"))]


@app.command(help=t("Enrol a station, and print its one-time code", "登记检测点并显示一次性登记码"))
def add(
    name: Name,
    *,
    title: Annotated[str, typer.Option(help=t("name for people (Chinese)", "显示名称（中文）"))] = "",
    title_en: Annotated[str, typer.Option(help=t("name for people (English)", "显示名称（英文）"))] = "",
    area: Annotated[str | None, typer.Option(help=t("code of its area", "所属区域代码"))] = None,
    kind: Annotated[str, typer.Option(help=t("market, school, ...", "类型：market、school 等"))] = "market",
    latitude: Annotated[float | None, typer.Option(min=-90, max=90, help=t("degrees north", "纬度"))] = None,
    longitude: Annotated[float | None, typer.Option(min=-180, max=180, help=t("degrees east", "经度"))] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            help=t(
                "Ed25519, hex; none: the code's use or the first checkpoint brings it",
                "Ed25519 公钥（十六进制）；缺省由登记或首个检查点确定",
            )
        ),
    ] = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    station = Station(name, title, title_en, area, kind, latitude, longitude, public_key)
    cannot = t(f"{name} was not enrolled", f"{name} 登记失败")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        is_new = enrol(connection, station, actor=_actor("add"))
        made = enrolment.make_code(connection, name, actor=_actor("add")) if is_new else None
        place = enrolment.place(connection)
    if made is None:
        say(
            t(
                f"{name} is enrolled already in {database}; nothing was changed. "
                f"A new code: shian station rekey {name}",
                f"{name} 已在 {database} 中登记过，未作更改。重新获取登记码：shian station rekey {name}",
            ),
            err=True,
        )
        raise typer.Exit(1)
    if as_json:
        _write_json(name, database, made, place)
        return
    say(t(f"enrolled {name} in {database}", f"已登记 {name}，数据库 {database}"))
    tell(made, place)


@app.command(
    help=t(
        "Print a new code: for a lost code, a replaced disk or computer, or a station that was revoked",
        "重新生成登记码：用于登记码丢失、更换硬盘或主机，或恢复已吊销的检测点",
    )
)
def rekey(
    name: Name,
    *,
    why: Why = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    cannot = t(f"no code was made for {name}", f"未能为 {name} 生成登记码")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        made = enrolment.make_code(connection, name, actor=_actor("rekey"), why=why)
        place = enrolment.place(connection)
    if as_json:
        _write_json(name, database, made, place)
        return
    say(
        t(
            f"a new code for {name} in {database}. With its use the station's key and certificate of before end.",
            f"已为 {name} 生成新登记码，数据库 {database}。使用后，原密钥与证书随即失效。",
        )
    )
    tell(made, place)


@app.command(
    help=t(
        "Listen to the station no more (a stolen or suspect box); `rekey` takes it in again",
        "吊销检测点（设备被盗或可疑）；可用 rekey 恢复",
    )
)
def revoke(
    name: Name,
    *,
    why: Why = "",
    emergency: EmergencyOption = False,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    cannot = t(f"{name} was not revoked", f"{name} 未能吊销")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        said = _passed_over(connection, name, "station_revoked", is_emergency=emergency, why=why)
        count = enrolment.end_trust(connection, name, "revoked", actor=_actor("revoke"), why=why, said=said)
    say(
        t(
            f"revoked {name} in {database}: {count} certificates; from now on nothing of it is taken in",
            f"已吊销 {name}，数据库 {database}：证书 {count} 张；即刻起不再接收其数据",
        )
    )


@app.command(help=t("Take a station out of service; its records stay", "停用检测点；已有记录保留"))
def retire(
    name: Name,
    *,
    why: Why = "",
    emergency: EmergencyOption = False,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    cannot = t(f"{name} was not retired", f"{name} 未能停用")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        said = _passed_over(connection, name, "station_retired", is_emergency=emergency, why=why)
        enrolment.end_trust(connection, name, "retired", actor=_actor("retire"), why=why, said=said)
    say(t(f"retired {name} in {database}; its records stay", f"已停用 {name}，数据库 {database}；已有记录保留"))


@app.command(help=t("Give a station another title; its name never changes", "更改显示名称；检测点代号不变"))
def rename(
    name: Name,
    *,
    title: Annotated[str | None, typer.Option(help=t("in Chinese", "中文"))] = None,
    title_en: Annotated[str | None, typer.Option(help=t("in English", "英文"))] = None,
    why: Why = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    if title is None and title_en is None:
        raise typer.BadParameter(t("give --title or --title-en", "请给出 --title 或 --title-en"))
    cannot = t(f"{name} was not renamed", f"{name} 未能改名")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        enrolment.rename(connection, name, title=title, title_en=title_en, actor=_actor("rename"), why=why)
    say(t(f"renamed {name} in {database}", f"已更改 {name} 的显示名称，数据库 {database}"))


@app.command(help=t("Put a station into another area", "变更检测点所属区域"))
def move(
    name: Name,
    area: Annotated[str, typer.Argument(help=t("code of the area; '' for none", "区域代码；'' 表示不属于任何区域"))],
    *,
    why: Why = "",
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    cannot = t(f"{name} was not moved", f"{name} 未能变更区域")
    with changing(chosen(dsn, dsn_file, config, data), cannot) as (connection, database):
        enrolment.move(connection, name, area or None, actor=_actor("move"), why=why)
    say(t(f"moved {name} to {area or '-'} in {database}", f"已将 {name} 变更到区域 {area or '-'}，数据库 {database}"))


def _passed_over(connection: Connection, name: str, action: str, *, is_emergency: bool, why: str) -> dict[str, str]:
    """Return what the deed says of four eyes. Raises CannotError where a second account is needed and no emergency is
    stated with its reason."""
    if not four_eyes.read(connection).get(action, True):
        return {}
    if not (is_emergency and why):
        raise CannotError(
            t(
                f"for {name} this needs a second account: ask for it at the server; now: --emergency --why ...",
                f"{name} 的此项操作须由第二账号复核：请在服务器上提交；紧急情况请用 --emergency --why ...",
            )
        )
    return {"four_eyes": "passed over"}


def _actor(command: str) -> str:
    return doer(f"shian station {command}")


def _write_json(name: str, database: str, made: NewCode, place: Place | None) -> None:
    write_json(
        {
            "station": name,
            "database": database,
            "code": str(made.code),
            "expires_at": made.expires_at,
            "server": place.url if place else None,
            "ca_fingerprint": place.fingerprint if place else None,
            "command": invitation(made, place),
        },
        indent=2,
        default=str,
    )
