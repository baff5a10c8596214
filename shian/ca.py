"""`shian ca`: the certificates of a district. The key of the authority never leaves its folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from authority.ca import CLIENT_DAYS, SERVER_DAYS, Authority, Issued, Revoked
from authority.certificates import Certificate
from authority.errors import AuthorityError
from authority.pairs import write_pair
from authority.requests import Key, make_key, make_request
from process.language import t
from process.private_files import replace
from process.terminal import say, write_json
from shian.changing import changing
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from shian.local.folders import chosen_data
from storage.enrolment import revoked

app = typer.Typer(no_args_is_help=True, add_completion=False, help=t("Certificates of a district", "本区域的证书机构"))

Folder = Annotated[
    Path | None, typer.Option(help=t("of the authority; else `ca` in the folder of `shian up`", "证书机构的目录"))
]
Out = Annotated[Path, typer.Option(help=t("the file to write: certificate and key", "输出文件：证书与私钥"))]
Days = Annotated[int, typer.Option(min=1, max=825, help=t("that it is good for", "有效天数"))]
AsJson = Annotated[bool, typer.Option("--json", help=t("for programs", "供程序使用"))]


@app.command(help=t("Make the authority, once", "建立证书机构（仅一次）"))
def init(
    folder: Folder = None,
    data: DataOption = None,
    name: Annotated[str, typer.Option(help=t("in its certificate", "证书中的名称"))] = "Shian CA",
    as_json: AsJson = False,
) -> None:
    place = _folder(folder, data)
    with _plain():
        made = Authority.create(place, now=datetime.now(UTC), name=name)
    _tell(place, made.certificate, as_json=as_json)


@app.command(help=t("Show the authority and its fingerprint", "显示证书机构及其指纹"))
def show(folder: Folder = None, data: DataOption = None, as_json: AsJson = False) -> None:
    place = _folder(folder, data)
    with _plain():
        opened = Authority.open(place)
    _tell(place, opened.certificate, as_json=as_json)


@app.command(help=t("Issue a certificate for a broker or a server", "为消息代理或服务器签发证书"))
def server(
    hosts: Annotated[list[str], typer.Argument(help=t("its names and addresses", "主机名与地址"))],
    *,
    out: Out,
    folder: Folder = None,
    data: DataOption = None,
    days: Days = SERVER_DAYS,
) -> None:
    _issue(
        _folder(folder, data),
        out,
        lambda authority, key: authority.issue_server(make_request(key), hosts, now=datetime.now(UTC), days=days),
    )


@app.command(help=t("Issue a certificate for ingest, server or another part", "为 ingest、server 等程序签发客户端证书"))
def client(
    name: Annotated[str, typer.Argument(help=t("its common name: the broker's user name", "通用名：即代理中的用户名"))],
    *,
    out: Out,
    folder: Folder = None,
    data: DataOption = None,
    days: Days = CLIENT_DAYS,
) -> None:
    _issue(
        _folder(folder, data),
        out,
        lambda authority, key: authority.issue_client(make_request(key), name, now=datetime.now(UTC), days=days),
    )


@app.command(help=t("Write the list of revoked certificates", "生成证书吊销列表"))
def crl(
    out: Annotated[Path, typer.Option(help=t("the file that the broker reads", "供消息代理读取的文件"))],
    *,
    folder: Folder = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    place = _folder(folder, data)
    with changing(chosen(dsn, dsn_file, config, data), t("no list was written", "未生成列表")) as (connection, _):
        rows = revoked(connection)
    now = datetime.now(UTC)
    with _plain():
        entries = [Revoked(serial, at) for serial, at in rows]
        pem = Authority.open(place).revocations(entries, now=now, number=int(now.timestamp() * 1000))
        replace(out, pem, 0o644)
    say(t(f"{out}: {len(rows)} certificates", f"{out}：{len(rows)} 张证书"))


def _issue(place: Path, out: Path, sign: Callable[[Authority, Key], Issued]) -> None:
    """Issue a certificate to a key that is made now, and write both. Raises CannotError."""
    key = make_key()
    with _plain():
        issued = sign(Authority.open(place), key)
        write_pair(out, key, issued.pem)
    ends = f"{issued.certificate.ends_at:%Y-%m-%d}"
    say(t(f"{out}: {issued.certificate.name}, until {ends}", f"{out}：{issued.certificate.name}，有效期至 {ends}"))


def _folder(folder: Path | None, data: Path | None) -> Path:
    return folder.absolute() if folder else chosen_data(data) / "ca"


def _tell(place: Path, certificate: Certificate, *, as_json: bool) -> None:
    if as_json:
        facts = {"folder": place, "fingerprint": certificate.fingerprint, "ends_at": certificate.ends_at}
        write_json(facts, indent=2, default=str)
        return
    ends = f"{certificate.ends_at:%Y-%m-%d}"
    say(
        t(f"{certificate.name} in {place}, until {ends}", f"{certificate.name}，目录 {place}，有效期至 {ends}"),
        t(f"fingerprint {certificate.fingerprint}", f"指纹 {certificate.fingerprint}"),
    )


@contextmanager
def _plain() -> Iterator[None]:
    """Say what went wrong in one line. Raises CannotError."""
    try:
        yield
    except (AuthorityError, OSError) as exc:
        raise CannotError(str(exc)) from exc
